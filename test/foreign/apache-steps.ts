// What each of Apache Kafka's command-line tools is asked to do, as data: apache-tools.ts runs every
// step against two brokers and compares the answers.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Broker } from "../../bench/broker.ts";
import { figures, sortedLogDirs } from "./apache-answers.ts";
import { scratch } from "./harness.ts";
import type { Step } from "./side-by-side.ts";

export const tools = "org.apache.kafka.tools";
export const server = (broker: Broker): string[] => ["--bootstrap-server", broker.bootstrap];
const topic = "tools-topic";

function topics(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  return {
    name: `TopicCommand: ${name}`,
    main: `${tools}.TopicCommand`,
    words: (broker) => [...server(broker), ...words],
    ...more,
  };
}

function configs(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  return {
    name: `ConfigCommand: ${name}`,
    main: "kafka.admin.ConfigCommand",
    words: (broker) => [...server(broker), ...words],
    ...more,
  };
}

function offsets(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  return {
    name: `GetOffsetShell: ${name}`,
    main: `${tools}.GetOffsetShell`,
    words: (broker) => [...server(broker), ...words],
    ...more,
  };
}

const ofTopic = ["--topic", topic];
const configOfTopic = ["--entity-type", "topics", "--entity-name", topic];
const configOfBroker = ["--entity-type", "brokers", "--entity-name", "1"];

const making: readonly Step[] = [
  topics("create", ["--create", ...ofTopic, "--partitions", "3", "--replication-factor", "1"], {
    expect: /Created topic/,
  }),
  topics("create again", ["--create", ...ofTopic], { expect: /already exists/ }),
  topics("create if not there", ["--create", "--if-not-exists", ...ofTopic]),
  topics("a bad name", ["--create", "--topic", "bad/name"], { expect: /bad\/name/ }),
  topics("too many replicas", ["--create", "--topic", "rf", "--replication-factor", "3"], {
    expect: /[Rr]eplication/,
  }),
  topics("a bad config", ["--create", "--topic", "bc", "--config", "retention.ms=soon"], {
    expect: /soon/,
  }),
  topics("an unknown config", ["--create", "--topic", "uc", "--config", "no.such=1"], {
    expect: /no\.such/,
  }),
  topics("create with assignment", [
    "--create",
    "--topic",
    "placed",
    "--replica-assignment",
    "1,1",
  ]),
  topics("create with configs", [
    "--create",
    "--topic",
    "configured",
    "--config",
    "retention.ms=600000",
    "--config",
    "cleanup.policy=compact,delete",
  ]),
  topics("describe", ["--describe", ...ofTopic], { expect: /PartitionCount: 3/ }),
  topics("describe all", ["--describe"], { expect: /configured/, anyOrder: true }),
  topics("describe overrides", ["--describe", "--topics-with-overrides"], {
    expect: /600000/,
    anyOrder: true,
  }),
  topics("describe one that is not there", ["--describe", "--topic", "absent"], {
    expect: /absent/,
  }),
  topics("list", ["--list"], { expect: /placed/, anyOrder: true }),
  topics("more partitions", ["--alter", ...ofTopic, "--partitions", "5"]),
  topics("fewer partitions", ["--alter", ...ofTopic, "--partitions", "2"], { expect: /5/ }),
  topics("describe after that", ["--describe", ...ofTopic], { expect: /PartitionCount: 5/ }),
];

const keys = (...names: readonly string[]): RegExp =>
  new RegExp(`^ {2}(?:${names.join("|").replaceAll(".", "\\.")})=`);
const ofBrokers = [
  { line: /^ {2}gofka\./, reason: "Gofka's own keys" },
  { line: keys("queued.max.request.bytes"), reason: "bounded by default in Gofka" },
  {
    line: keys("socket.listen.backlog.size"),
    reason: "no thread of Gofka's does nothing but accept",
  },
  {
    line: keys("log.dirs", "log.dir", "listeners", "advertised.listeners", "node.id", "broker.id"),
    reason: "the two brokers' own places and names",
  },
  {
    line: keys(
      "process.roles",
      "controller.listener.names",
      "controller.quorum.bootstrap.servers",
      "listener.security.protocol.map",
    ),
    reason: "the peer's controller needs a listener of its own",
  },
  {
    line: keys(
      "offsets.topic.replication.factor",
      "offsets.topic.num.partitions",
      "transaction.state.log.replication.factor",
      "transaction.state.log.num.partitions",
      "transaction.state.log.min.isr",
      "share.coordinator.state.topic.replication.factor",
      "share.coordinator.state.topic.min.isr",
      "group.initial.rebalance.delay.ms",
      "default.replication.factor",
      "num.partitions",
    ),
    reason: "set in the peer's file to make one node enough",
  },
];

const configuring: readonly Step[] = [
  configs("describe a topic, all", [...configOfTopic, "--describe", "--all"], {
    expect: /retention\.ms=604800000/,
    exceptions: [{ line: /^ {2}gofka\./, reason: "Gofka's own keys" }],
  }),
  configs("set two", [
    ...configOfTopic,
    "--alter",
    "--add-config",
    "retention.ms=60000,max.message.bytes=2000000",
  ]),
  configs("describe what is set", [...configOfTopic, "--describe"], { expect: /60000/ }),
  configs("append to a list", [
    ...configOfTopic,
    "--alter",
    "--add-config",
    "cleanup.policy=[compact,delete]",
  ]),
  configs("delete two", [
    ...configOfTopic,
    "--alter",
    "--delete-config",
    "retention.ms,cleanup.policy",
  ]),
  configs("describe what is left", [...configOfTopic, "--describe"], { expect: /2000000/ }),
  configs("a bad value", [...configOfTopic, "--alter", "--add-config", "retention.ms=-7"], {
    expect: /-7/,
  }),
  configs("an unknown key", [...configOfTopic, "--alter", "--add-config", "no.such.key=1"], {
    expect: /no\.such\.key/,
  }),
  configs("an unknown topic", [
    "--entity-type",
    "topics",
    "--entity-name",
    "absent",
    "--alter",
    "--add-config",
    "retention.ms=1",
  ]),
  configs("describe the broker, all", [...configOfBroker, "--describe", "--all"], {
    expect: /log\.retention\.hours=168/,
    exceptions: ofBrokers,
  }),
  configs("set one of the broker", [
    ...configOfBroker,
    "--alter",
    "--add-config",
    "message.max.bytes=1500000",
  ]),
  configs("describe the broker's dynamic ones", [...configOfBroker, "--describe"], {
    expect: /message\.max\.bytes=1500000/,
  }),
  configs("set a default of all brokers", [
    "--entity-type",
    "brokers",
    "--entity-default",
    "--alter",
    "--add-config",
    "log.retention.ms=7200000",
  ]),
  configs("describe the defaults", ["--entity-type", "brokers", "--entity-default", "--describe"], {
    expect: /7200000/,
  }),
  configs("a key that only a restart can change", [
    ...configOfBroker,
    "--alter",
    "--add-config",
    "num.partitions=7",
  ]),
  configs("delete the broker's", [
    ...configOfBroker,
    "--alter",
    "--delete-config",
    "message.max.bytes",
  ]),
];

const values = "a\nb\nc\nd\ne\nf\n";

const reading: readonly Step[] = [
  {
    name: "ConsoleProducer",
    main: `${tools}.ConsoleProducer`,
    words: (broker) => [...server(broker), ...ofTopic],
    input: values,
  },
  topics("a topic of one partition", ["--create", "--topic", "one", "--partitions", "1"]),
  {
    name: "ConsoleProducer with keys, to one partition",
    main: `${tools}.ConsoleProducer`,
    words: (broker) => [
      ...server(broker),
      "--topic",
      "one",
      "--reader-property",
      "parse.key=true",
      "--reader-property",
      "key.separator=:",
      "--compression-codec",
      "zstd",
    ],
    input: "k1:a\nk2:b\nk3:c\nk4:d\n",
  },
  {
    name: "ConsoleConsumer --partition 0 from the beginning",
    main: `${tools}.consumer.ConsoleConsumer`,
    words: (broker) => [
      ...server(broker),
      "--topic",
      "one",
      "--partition",
      "0",
      "--offset",
      "earliest",
      "--max-messages",
      "4",
      "--timeout-ms",
      "20000",
      "--formatter-property",
      "print.key=true",
      "--formatter-property",
      "print.offset=true",
    ],
    expect: /k4/,
  },
  {
    name: "ConsoleConsumer --partition 0 --offset 2",
    main: `${tools}.consumer.ConsoleConsumer`,
    words: (broker) => [
      ...server(broker),
      "--topic",
      "one",
      "--partition",
      "0",
      "--offset",
      "2",
      "--max-messages",
      "2",
      "--timeout-ms",
      "20000",
      "--isolation-level",
      "read_committed",
    ],
    expect: /c\s+d/,
  },
  offsets("latest", ["--topic-partitions", "one:0"], { expect: /one:0:4/ }),
  offsets("earliest", ["--topic-partitions", "one:0", "--time", "earliest"], { expect: /one:0:0/ }),
  // Which of four records is the newest depends on the milliseconds in which they were sent.
  offsets("max timestamp", ["--topic-partitions", "one:0", "--time", "max-timestamp"], {
    normalise: (text) => text.replaceAll(/^(one:0:)[0-3]$/gm, "$1N"),
  }),
  offsets("earliest local", ["--topic-partitions", "one:0", "--time", "earliest-local"]),
  offsets("latest tiered", ["--topic-partitions", "one:0", "--time", "latest-tiered"]),
  offsets("by time", ["--topic-partitions", "one:0", "--time", "1"], { expect: /one:0:0/ }),
  offsets("far ahead", ["--topic-partitions", "one:0", "--time", "99999999999999"]),
  offsets("of all topics", [], {
    normalise: (text) => text.replaceAll(/^(tools-topic:\d:)\d/gm, "$1N"),
  }),
];

const removing: readonly Step[] = [
  {
    name: "ConsoleProducer, six records to partition 0",
    main: `${tools}.ConsoleProducer`,
    words: (broker) => [...server(broker), "--topic", "one"],
    input: values,
  },
  {
    name: "DeleteRecordsCommand",
    main: `${tools}.DeleteRecordsCommand`,
    words: (broker) => [...server(broker), "--offset-json-file", oneDeletion(3)],
    expect: /low_watermark: 3/,
  },
  offsets("earliest after that", ["--topic-partitions", "one:0", "--time", "earliest"], {
    expect: /one:0:3/,
  }),
  {
    name: "DeleteRecordsCommand past the end",
    main: `${tools}.DeleteRecordsCommand`,
    words: (broker) => [...server(broker), "--offset-json-file", oneDeletion(1_000_000)],
    expect: /OffsetOutOfRange|out of range/i,
  },
  {
    name: "LogDirsCommand",
    main: `${tools}.LogDirsCommand`,
    words: (broker) => [...server(broker), "--describe", "--topic-list", "one,placed"],
    // How long the producer paused between records shows in their varints, and so in the size.
    normalise: (text) => sortedLogDirs(text).replaceAll(/"size":[1-9]\d*/g, '"size":SOME'),
    expect: /"logDir"/,
  },
  topics("delete", ["--delete", ...ofTopic]),
  topics("delete one that is not there", ["--delete", "--topic", "absent"], { expect: /absent/ }),
  topics("list after that", ["--list"], { expect: /placed/, anyOrder: true }),
];

function oneDeletion(offset: number): string {
  const file = join(scratch, `delete-${offset}.json`);
  const partitions = [{ topic: "one", partition: 0, offset }];
  writeFileSync(file, JSON.stringify({ partitions, version: 1 }));
  return file;
}

function performance(acks: string): Step {
  return {
    name: `ProducerPerformance, acks ${acks}`,
    main: `${tools}.ProducerPerformance`,
    words: (broker) => [
      ...["--topic", `performance-${acks}`, "--num-records", "40000", "--record-size", "200"],
      ...["--throughput", "-1", "--producer-props", `bootstrap.servers=${broker.bootstrap}`],
      `acks=${acks}`,
      ...(acks === "all" ? [] : ["enable.idempotence=false"]),
    ],
    normalise: figures,
    expect: /40000 records sent/,
  };
}

const loading: readonly Step[] = [
  performance("0"),
  performance("1"),
  performance("all"),
  {
    name: "VerifiableProducer",
    main: `${tools}.VerifiableProducer`,
    words: (broker) => [...server(broker), "--topic", "verifiable", "--max-messages", "2000"],
    normalise: figures,
    anyOrder: true,
    expect: /"acked":2000/,
  },
  offsets("of what was loaded", ["--topic", "performance-.*|verifiable"], {
    expect: /performance-all:0:40000/,
  }),
];

/** In an order that matters: later ones look at what earlier ones made. */
export const steps: readonly Step[] = [
  ...making,
  ...configuring,
  ...reading,
  ...removing,
  ...loading,
];
