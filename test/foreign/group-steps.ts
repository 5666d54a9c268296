// What Apache's tools for groups are asked to do, as data: group-tools.ts runs every step against two
// brokers and compares the answers.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Broker } from "../../bench/broker.ts";
import { server, tools } from "./apache-steps.ts";
import { scratch } from "./harness.ts";
import type { Step } from "./side-by-side.ts";

const topic = "group-topic";
/** Members of this group are alive while the steps of `whileRead` run. */
export const liveGroup = "live";
export const liveTopic = topic;

/** Ids are chance, columns are as wide as the ids in them. */
const alike = (text: string): string =>
  text
    .replaceAll(/\b(consumer-[\w-]+?-1|console-consumer)-[0-9a-f-]{36}/g, "$1-ID")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[Z+\d:-]*/g, "TIME")
    // In the order of a hash.
    .replaceAll(/(Valid (?:states|types) are:) .*/g, "$1 ...")
    .replaceAll(/[ \t]+/g, " ");

function groups(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  return {
    name: `ConsumerGroupCommand: ${name}`,
    main: `${tools}.consumer.group.ConsumerGroupCommand`,
    words: (broker) => [...server(broker), ...words],
    normalise: alike,
    anyOrder: true,
    ...more,
  };
}

function reset(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  const ofGroup = ["--reset-offsets", "--group", "g1"];
  const scope = words.some((word) => word.endsWith("-topics") || word === "--topic");
  const everywhere = scope || words.includes("--from-file") ? [] : ["--topic", topic];
  return groups(`reset-offsets ${name}`, [...ofGroup, ...everywhere, ...words], more);
}

const patient = ["--timeout-ms", "20000"];
const isHasty = (words: readonly string[]): boolean => words.includes("--timeout-ms");

function consoleConsumer(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  return {
    name: `ConsoleConsumer: ${name}`,
    main: `${tools}.consumer.ConsoleConsumer`,
    words: (broker) => [...server(broker), ...(isHasty(words) ? [] : patient), ...words],
    anyOrder: true,
    ...more,
  };
}

function listing(name: string, words: readonly string[], more: Partial<Step> = {}): Step {
  return {
    name: `GroupsCommand: ${name}`,
    main: `${tools}.GroupsCommand`,
    words: (broker) => [...server(broker), "--list", ...words],
    normalise: alike,
    anyOrder: true,
    ...more,
  };
}

const records = Array.from({ length: 30 }, (_, i) => `k${i}:value ${i}\n`).join("");

function plan(): string {
  const file = join(scratch, "plan.csv");
  writeFileSync(file, `${topic},0,3\n${topic},2,4\n`);
  return file;
}

const reading: readonly Step[] = [
  {
    name: "TopicCommand: create",
    main: `${tools}.TopicCommand`,
    words: (broker) => [...server(broker), "--create", "--topic", topic, "--partitions", "3"],
    expect: /Created topic/,
  },
  {
    name: "ConsoleProducer with keys",
    main: `${tools}.ConsoleProducer`,
    words: (broker: Broker) => [
      ...[...server(broker), "--topic", topic],
      ...["--reader-property", "parse.key=true", "--reader-property", "key.separator=:"],
    ],
    input: records,
  },
  groups("list when there is none", ["--list"]),
  consoleConsumer(
    "--group from the beginning",
    ["--topic", topic, "--group", "g1", "--from-beginning", "--max-messages", "30"],
    { expect: /value 29/ },
  ),
  consoleConsumer(
    "--group g1 again has nothing to read",
    ["--topic", topic, "--group", "g1", "--from-beginning", "--timeout-ms", "3000"],
    { expect: /Processed a total of 0/ },
  ),
  {
    name: "ConsumerPerformance",
    main: `${tools}.ConsumerPerformance`,
    words: (broker) => [
      ...[...server(broker), "--topic", topic, "--group", "perf", "--num-records", "30"],
      "--hide-header",
    ],
    // Start and end, MB, MB/s, records, records/s and four times; the count is what must be equal.
    normalise: (text) => text.replaceAll(/^.*?, .*?, [\d.]+, [\d.]+, (\d+), .*$/gm, "read $1"),
    expect: /\b30\b/,
  },
];

const looking: readonly Step[] = [
  groups("list", ["--list"], { expect: /^g1$/m }),
  groups("list by state", ["--list", "--state"], { expect: /g1 +Empty/ }),
  groups("list those in one state", ["--list", "--state", "Empty"], { expect: /g1/ }),
  groups("list those in another state", ["--list", "--state", "Stable"]),
  groups("list by type", ["--list", "--type"], { expect: /g1 +Classic/ }),
  groups("list of one type", ["--list", "--type", "classic"], { expect: /g1/ }),
  groups("list in no such state", ["--list", "--state", "Asleep"], { expect: /[Ss]tate/ }),
  groups("describe", ["--describe", "--group", "g1"], { expect: /group-topic/ }),
  groups("describe state", ["--describe", "--group", "g1", "--state"], { expect: /Empty/ }),
  groups("describe members", ["--describe", "--group", "g1", "--members"]),
  groups("describe all", ["--describe", "--all-groups"], { expect: /perf/ }),
  groups("describe one that is not there", ["--describe", "--group", "absent"], {
    expect: /absent/,
  }),
  listing("all", [], { expect: /g1/ }),
  listing("consumers", ["--consumer"], { expect: /g1/ }),
  listing("classic", ["--group-type", "classic"], { expect: /perf/ }),
  listing("protocol", ["--protocol", "connect"]),
  listing("share", ["--share"]),
];

const resetting: readonly Step[] = [
  reset("to earliest, dry", ["--to-earliest", "--dry-run"], { expect: / 0\b/ }),
  reset("to latest, dry", ["--to-latest"], { expect: /group-topic/ }),
  reset("to current, dry", ["--to-current", "--dry-run"]),
  reset("to an offset, dry", ["--to-offset", "2", "--dry-run"], { expect: / 2\b/ }),
  reset("to an offset past the end, dry", ["--to-offset", "1000", "--dry-run"]),
  reset("by a shift, dry", ["--shift-by", "-3", "--dry-run"]),
  reset("by a shift past the start, dry", ["--shift-by", "-1000", "--dry-run"]),
  reset("to a time, dry", ["--to-datetime", "2020-01-01T00:00:00.000", "--dry-run"]),
  reset("by a duration, dry", ["--by-duration", "PT1H", "--dry-run"]),
  reset("of one partition, dry", ["--topic", `${topic}:1`, "--to-earliest", "--dry-run"]),
  reset("of all topics, dry", ["--all-topics", "--to-earliest", "--dry-run"]),
  reset("exported", ["--to-offset", "1", "--export"], { expect: /group-topic/ }),
  reset("from a file, dry", ["--from-file", plan(), "--dry-run"], { expect: /group-topic/ }),
  groups("describe: dry runs change nothing", ["--describe", "--group", "g1"]),
  reset("by a shift", ["--shift-by", "-3", "--execute"]),
  groups("describe what is behind", ["--describe", "--group", "g1"], { expect: /group-topic/ }),
  reset("from a file", ["--from-file", plan(), "--execute"], { expect: / 3\b/ }),
  reset("to a time", ["--to-datetime", "2020-01-01T00:00:00.000", "--execute"]),
  consoleConsumer(
    "reads again from where it was reset to",
    ["--topic", topic, "--group", "g1", "--max-messages", "30"],
    { expect: /value 29/ },
  ),
  groups("reset of a group that is not there", [
    ...["--reset-offsets", "--group", "new", "--topic", topic, "--to-earliest", "--execute"],
  ]),
  groups("describe what a reset has made", ["--describe", "--group", "new"], {
    expect: /group-topic/,
  }),
  reset("of a topic that is not there", ["--topic", "absent", "--to-earliest", "--execute"]),
];

/** While two members of `live` are reading. */
export const whileRead: readonly Step[] = [
  groups("list by state, with members", ["--list", "--state"], { expect: /live +Stable/ }),
  groups("describe, with members", ["--describe", "--group", liveGroup], {
    expect: /console-consumer/,
  }),
  groups("describe state, with members", ["--describe", "--group", liveGroup, "--state"], {
    expect: /Stable +.*2/,
  }),
  groups("describe members", ["--describe", "--group", liveGroup, "--members"], {
    expect: /console-consumer/,
  }),
  groups(
    "describe members, more of them",
    ["--describe", "--group", liveGroup, "--members", "--verbose"],
    { expect: /group-topic/ },
  ),
  groups(
    "reset-offsets while it is read",
    ["--reset-offsets", "--group", liveGroup, "--topic", topic, "--to-earliest", "--execute"],
    { expect: /Stable|inactive/ },
  ),
  groups(
    "delete-offsets while it is read",
    ["--delete-offsets", "--group", liveGroup, "--topic", topic],
    { expect: /GroupSubscribedToTopic|subscribed/ },
  ),
  groups("delete while it is read", ["--delete", "--group", liveGroup], {
    expect: /GroupNotEmpty/,
  }),
];

const removing: readonly Step[] = [
  groups("delete-offsets", ["--delete-offsets", "--group", "g1", "--topic", `${topic}:0,1`], {
    expect: /Successful/,
  }),
  groups("describe what is left", ["--describe", "--group", "g1"], { expect: /group-topic/ }),
  groups("delete-offsets of a topic that is not there", [
    ...["--delete-offsets", "--group", "g1", "--topic", "absent"],
  ]),
  groups("delete-offsets of a group that is not there", [
    ...["--delete-offsets", "--group", "absent", "--topic", topic],
  ]),
  groups("delete", ["--delete", "--group", "g1"], { expect: /g1/ }),
  groups("delete again", ["--delete", "--group", "g1"], { expect: /g1/ }),
  groups("delete all", ["--delete", "--all-groups"], { expect: /perf/ }),
  groups("list after that", ["--list"]),
];

/** In an order that matters. */
export const beforeRead: readonly Step[] = [...reading, ...looking, ...resetting];
export const afterRead: readonly Step[] = removing;
