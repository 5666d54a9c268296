// Groups of the consumer protocol (KIP-848) under Apache Kafka's command-line tools, each run against
// Gofka and against real Kafka 4.3.1; the answers must be the same. Then Apache's DumpLogSegments reads
// what the group has left in the offsets topic. `--left kafka` compares Kafka with itself.
//
//   node test/foreign/consumer-protocol.ts [--left gofka|kafka] [--only WORD] [--show]

import { strict as assert } from "node:assert";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Broker } from "../../bench/broker.ts";
import { classPath } from "../../bench/peer/kafka.ts";
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "../../src/protocol/messages/69-consumer-group-describe.ts";
import { settled, TestClient, until } from "../support/kafka-client.ts";
import { server, tools } from "./apache-steps.ts";
import type { Which } from "./harness.ts";
import { Checks, startBroker } from "./harness.ts";
import type { Step } from "./side-by-side.ts";
import { compareAround, java } from "./side-by-side.ts";

const { values: given } = parseArgs({
  strict: false,
  options: {
    left: { type: "string", default: "gofka" },
    only: { type: "string" },
    show: { type: "boolean", default: false },
  },
});

const topic = "protocol-topic";
const byConsumer = ["--command-property", "group.protocol=consumer"];

/** Ids are chance, columns are as wide as the ids in them. */
const alike = (text: string): string =>
  text
    .replaceAll(/(?<![\w-])[\w-]{22}(?![\w-])/g, (id) => (/[A-Z]/.test(id) ? "ID" : id))
    .replaceAll(/[ \t]+/g, " ");

function step(
  main: string,
  name: string,
  words: readonly string[],
  more: Partial<Step> = {},
): Step {
  return {
    name: `${main.slice(main.lastIndexOf(".") + 1)}: ${name}`,
    main,
    words: (broker) => [...server(broker), ...words],
    normalise: alike,
    anyOrder: true,
    ...more,
  };
}

const groups = step.bind(null, `${tools}.consumer.group.ConsumerGroupCommand`);
const listing = step.bind(null, `${tools}.GroupsCommand`);
const consume = step.bind(null, `${tools}.consumer.ConsoleConsumer`);
const configs = step.bind(null, "kafka.admin.ConfigCommand");

const records = Array.from({ length: 30 }, (_, i) => `k${i}:value ${i}\n`).join("");
const ofGroup = (group: string): string[] => ["--describe", "--group", group];
const ofConfig = ["--entity-type", "groups", "--entity-name", "g1"];
const set = (config: string): string[] => [...ofConfig, "--alter", "--add-config", config];

const begun: readonly Step[] = [
  step(`${tools}.TopicCommand`, "create", ["--create", "--topic", topic, "--partitions", "3"]),
  step(
    `${tools}.ConsoleProducer`,
    "with keys",
    [
      ...["--topic", topic],
      ...["--reader-property", "parse.key=true", "--reader-property", "key.separator=:"],
    ],
    { input: records },
  ),
  consume(
    "of the consumer protocol",
    [
      ...["--topic", topic, "--group", "g1", "--from-beginning", "--max-messages", "30"],
      ...["--timeout-ms", "20000", ...byConsumer],
    ],
    { expect: /value 29/ },
  ),
  groups("list by type", ["--list", "--type"], { expect: /g1 +Consumer/ }),
  groups("list of one type", ["--list", "--type", "consumer"], { expect: /g1/ }),
  groups("list of another type", ["--list", "--type", "classic"]),
  groups("list by state", ["--list", "--state"], { expect: /g1 +Empty/ }),
  groups("describe", ofGroup("g1"), { expect: /protocol-topic/ }),
  groups("describe state", [...ofGroup("g1"), "--state"], { expect: /Empty/ }),
  groups("describe state and epochs", [...ofGroup("g1"), "--state", "--verbose"], {
    expect: /uniform/,
  }),
  groups("describe members", [...ofGroup("g1"), "--members", "--verbose"]),
  listing("by type", ["--list", "--group-type", "consumer"], { expect: /g1/ }),
  configs("a group's session timeout", set("consumer.session.timeout.ms=50000")),
  configs("a group's configs", [...ofConfig, "--describe"], { expect: /50000/ }),
  configs("below the bound", set("consumer.session.timeout.ms=1"), { expect: /greater/ }),
  configs("above the bound", set("consumer.heartbeat.interval.ms=60000"), { expect: /less/ }),
  configs("no number", set("consumer.session.timeout.ms=soon"), { expect: /Not a number/ }),
  configs("a key nobody knows", set("session.timeout.ms=50000"), { expect: /Unknown/ }),
  configs("back to the default", [
    ...[...ofConfig, "--alter", "--delete-config", "consumer.session.timeout.ms"],
  ]),
  configs("nothing of its own", [...ofConfig, "--describe"]),
];

const whileRead: readonly Step[] = [
  groups("list by state, with members", ["--list", "--state"], { expect: /live +Stable/ }),
  groups("describe, with members", ofGroup("live"), { expect: /console-consumer/ }),
  groups("describe all of the offsets", [...ofGroup("live"), "--offsets", "--verbose"]),
  groups("describe state, with members", [...ofGroup("live"), "--state", "--verbose"], {
    expect: /Stable/,
  }),
  groups("describe members", [...ofGroup("live"), "--members"], { expect: /console-consumer/ }),
  groups("describe all of the members", [...ofGroup("live"), "--members", "--verbose"], {
    expect: /CURRENT-EPOCH/,
  }),
  groups("reset-offsets while it is read", [
    ...["--reset-offsets", "--group", "live", "--topic", topic, "--to-earliest", "--execute"],
  ]),
  groups("delete-offsets while it is read", [
    ...["--delete-offsets", "--group", "live", "--topic", topic],
  ]),
  groups("delete while it is read", ["--delete", "--group", "live"]),
];

const ended: readonly Step[] = [
  groups(
    "reset-offsets",
    ["--reset-offsets", "--group", "g1", "--topic", topic, "--shift-by", "-3", "--execute"],
    { expect: /protocol-topic/ },
  ),
  consume(
    "from where it was reset to",
    [
      ...["--topic", topic, "--group", "g1", "--max-messages", "9", "--timeout-ms", "20000"],
      ...byConsumer,
    ],
    { expect: /total of 9/ },
  ),
  groups("delete-offsets", ["--delete-offsets", "--group", "g1", "--topic", topic], {
    expect: /Successful/,
  }),
  groups("delete", ["--delete", "--group", "g1"], { expect: /successful/ }),
  groups("delete again", ["--delete", "--group", "g1"]),
  groups("list after that", ["--list"], { expect: /live/ }),
];

/** Two members that read until they are stopped; they have their partitions when it returns. */
async function startReaders(broker: Broker): Promise<readonly ChildProcess[]> {
  const main = `${tools}.consumer.ConsoleConsumer`;
  const words = ["-Xmx128m", "-XX:+UseSerialGC", "-cp", classPath(), main, ...server(broker)];
  const read = ["--topic", topic, "--group", "live", "--from-beginning", ...byConsumer];
  using client = new TestClient(broker.bootstrap);
  const api = { request: ConsumerGroupDescribeRequest, response: ConsumerGroupDescribeResponse };
  const body = { groupIds: ["live"], includeAuthorizedOperations: false };
  const readers: ChildProcess[] = [];
  // One after the other, so that epochs are the same everywhere.
  for (const count of [1, 2]) {
    readers.push(spawn("java", [...words, ...read], { stdio: "ignore" }));
    await until(`${broker.name}: ${count} members are stable`, async () => {
      const { groups: described } = await settled<ConsumerGroupDescribeResponse>((done) =>
        client.cluster.callAny(api, body, done),
      );
      const [group] = described;
      return group?.groupState === "Stable" && group.members.length === count;
    });
  }
  // Their positions are committed every five seconds.
  await until(`${broker.name}: all is committed`, async () => {
    const main_ = `${tools}.consumer.group.ConsumerGroupCommand`;
    const { stdout } = await java(main_, [...server(broker), ...ofGroup("live")]);
    const lags = [...stdout.matchAll(/^live\s+\S+\s+\d+\s+\d+\s+\d+\s+(\d+)/gm)];
    return lags.length === 3 && lags.every(([, lag]) => lag === "0");
  });
  return readers;
}

/** Every record of the offsets topic, as Apache's own decoder understands it. */
async function dumpOffsets(directory: string): Promise<string> {
  const logs = readdirSync(directory)
    .filter((name) => name.startsWith("__consumer_offsets-"))
    .flatMap((name) => {
      const files = readdirSync(join(directory, name)).filter((file) => file.endsWith(".log"));
      return files.map((file) => join(directory, name, file));
    });
  const words = ["--offsets-decoder", "--files", logs.join(",")];
  const { code, stdout, stderr } = await java(`${tools}.DumpLogSegments`, words);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(`${stdout}${stderr}`, /mismatch|corrupt|not valid|isvalid: false|Could not/i);
  return stdout;
}

const checks = new Checks();
const withoutElr = ["eligible.leader.replicas.version=0"];
const left = await startBroker(given.left as Which, {
  settings: { "node.id": "1" },
  features: withoutElr,
});
const right = await startBroker("kafka", { features: withoutElr });
const brokers = [left, right] as const;

const steps = { before: begun, during: whileRead, after: ended };
await compareAround({ checks, brokers, given }, steps, startReaders);

/** What the members of g1 have left there, in order; ids, times and Kafka's hash are chance. */
function recordsOf(dumped: string): readonly string[] {
  return dumped
    .split("\n")
    .flatMap((line) => line.split(" key: ")[1] ?? [])
    .filter((line) => line.includes('"groupId":"g1"'))
    .map((line) => alike(line).replaceAll(/("\w+(?:Timestamp|Hash)":)-?\d+/g, "$1N"));
}

await checks.check("DumpLogSegments --offsets-decoder", async () => {
  const [ours, kafkas] = await Promise.all(
    brokers.map(async ({ dataDirectory }) => recordsOf(await dumpOffsets(dataDirectory))),
  );
  assert.deepEqual(ours, kafkas);
  return `${ours!.length} records alike`;
});
checks.finish();
