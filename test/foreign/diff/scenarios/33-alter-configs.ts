// AlterConfigs, which replaces all configs of a resource, and IncrementalAlterConfigs, which changes
// some of them.

import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";

const TOPIC = 2;
const BROKER = 4;
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

type Pair = readonly [name: string, value: string | null];
type Operation = readonly [operation: number, name: string, value: string | null];

const resource = (type: number, name: string, configs: readonly Body[]): Body => ({
  resourceType: type,
  resourceName: name,
  configs,
});
const replace = (...pairs: readonly Pair[]): Body =>
  resource(
    TOPIC,
    "~a",
    pairs.map(([name, value]) => ({ name, value })),
  );
const change = (...operations: readonly Operation[]): Body =>
  resource(
    TOPIC,
    "~a",
    operations.map(([configOperation, name, value]) => ({ name, configOperation, value })),
  );
const on = (type: number, name: string, configs: Body): Body => ({
  ...configs,
  resourceType: type,
  resourceName: name,
});

const make = (...resources: readonly Body[]): Step => ({
  body: { resources, validateOnly: false },
});
const check = (...resources: readonly Body[]): Step => ({
  body: { resources, validateOnly: true },
});

const look = (type = TOPIC, name = "~a", keys: readonly string[] | null = null): Step => ({
  api: "DescribeConfigs",
  body: {
    resources: [{ resourceType: type, resourceName: name, configurationKeys: keys }],
    includeSynonyms: true,
  },
});

const configs = { "retention.ms": "1234", "cleanup.policy": "delete" };
const topics = { a: { configs }, b: {} };

/** Where a change may be sent to, good or not; `body`: what it changes. */
function places(body: Body): readonly Step[] {
  return [
    ...["~none", "", ".", "a b", "x".repeat(250)].map((name) => make(on(TOPIC, name, body))),
    ...["2", "-1", "x", "01", " 1"].map((name) => make(on(BROKER, name, body))),
    ...[0, 1, 3, 5, 64, 127, -1].map((type) => make(on(type, "~a", body))),
    make(on(8, "1", body)),
    make(on(8, "x", body)),
    make(on(8, "2", body)),
    make(on(16, "", body)),
    make(on(32, "", body)),
    make(on(TOPIC, "~b", body), on(TOPIC, "~none", body), on(TOPIC, "~a", body)),
    make(),
    look(),
  ];
}

function twice(body: Body): readonly Step[] {
  return [
    make(on(TOPIC, "~a", body), on(TOPIC, "~a", body)),
    make(on(TOPIC, "~a", body), on(TOPIC, "~b", body), on(TOPIC, "~a", body)),
    look(),
  ];
}

const values: readonly Pair[] = [
  ["retention.ms", "x"],
  ["retention.ms", ""],
  ["retention.ms", "-2"],
  ["retention.ms", null],
  ["cleanup.policy", "shred"],
  ["no.such.config", "1"],
  ["", "1"],
  ["min.insync.replicas", "7"],
  ["remote.storage.enable", "true"],
  ["max.message.bytes", "99999999999"],
  ["preallocate", "maybe"],
  ["segment.bytes", "14"],
];

const replacing: readonly Scenario[] = [
  {
    name: "a topic",
    topics,
    steps: [
      make(replace(["segment.ms", "60000"])),
      look(),
      make(replace()),
      look(),
      make(replace(["segment.ms", "60000"], ["retention.ms", "7"])),
      check(replace()),
      look(),
    ],
  },
  { name: "values", topics, steps: [...values.map((pair) => check(replace(pair))), look()] },
  {
    name: "values, and they stay as they were",
    topics,
    steps: [make(replace(["segment.ms", "60000"], ["retention.ms", "x"])), look()],
  },
  {
    name: "a name twice",
    topics,
    steps: [make(replace(["retention.ms", "5"], ["retention.ms", "6"])), look()],
  },
  { name: "places", topics, steps: places(replace(["retention.ms", "55"])) },
  // Kafka gives no answer at all, so one version is enough.
  {
    name: "a resource twice",
    versions: [2, 2],
    topics,
    steps: twice(replace(["retention.ms", "55"])).slice(0, 1),
  },
];

const changing: readonly Scenario[] = [
  {
    name: "a topic",
    topics,
    steps: [
      make(change([SET, "segment.ms", "60000"])),
      look(),
      make(change([APPEND, "cleanup.policy", "compact"], [DELETE, "retention.ms", null])),
      look(),
      make(change([SUBTRACT, "cleanup.policy", "delete"])),
      look(),
      check(change([SET, "segment.ms", "5"])),
      make(change()),
      make(change([DELETE, "retention.bytes", null], [DELETE, "segment.ms", "ignored"])),
      look(),
    ],
  },
  {
    name: "values",
    topics,
    steps: [...values.map(([name, value]) => check(change([SET, name, value]))), look()],
  },
  {
    name: "operations",
    topics,
    steps: [
      check(change([APPEND, "retention.ms", "5"])),
      check(change([SUBTRACT, "retention.ms", "5"])),
      check(change([APPEND, "cleanup.policy", "delete"])),
      check(change([APPEND, "cleanup.policy", "shred"])),
      check(change([APPEND, "cleanup.policy", null])),
      check(change([SUBTRACT, "cleanup.policy", "compact"])),
      make(change([SUBTRACT, "cleanup.policy", "delete"])),
      look(),
      check(change([4, "retention.ms", "5"])),
      check(change([-1, "retention.ms", "5"])),
      check(change([127, "retention.ms", "5"])),
      check(change([DELETE, "no.such.config", null])),
      check(change([DELETE, "", null])),
      check(change([APPEND, "no.such.config", "x"])),
      check(change([SET, "retention.ms", "5"], [SET, "retention.ms", "6"])),
      check(change([SET, "retention.ms", "5"], [DELETE, "retention.ms", null])),
      make(change([SET, "retention.ms", "5"], [SET, "segment.ms", "x"])),
      make(change([APPEND, "follower.replication.throttled.replicas", "0:1,1:1"])),
      make(change([APPEND, "follower.replication.throttled.replicas", "0:1,2:1"])),
      make(change([SUBTRACT, "follower.replication.throttled.replicas", "1:1"])),
      look(),
    ],
  },
  { name: "places", topics, steps: places(change([SET, "retention.ms", "55"])) },
  { name: "a resource twice", topics, steps: twice(change([SET, "retention.ms", "55"])) },
];

const ofBroker = (name: string, ...operations: readonly Operation[]): Body =>
  on(BROKER, name, change(...operations));

const brokers: readonly Scenario[] = [
  {
    name: "brokers",
    steps: [
      make(ofBroker("1", [SET, "message.max.bytes", "2000000"])),
      look(BROKER, "1", ["message.max.bytes"]),
      make(ofBroker("", [SET, "message.max.bytes", "3000000"])),
      look(BROKER, "1", ["message.max.bytes"]),
      look(BROKER, "", null),
      make(ofBroker("1", [DELETE, "message.max.bytes", null])),
      look(BROKER, "1", ["message.max.bytes"]),
      make(ofBroker("", [DELETE, "message.max.bytes", null])),
      look(BROKER, "1", ["message.max.bytes"]),
      check(ofBroker("1", [SET, "node.id", "5"])),
      check(ofBroker("1", [SET, "num.partitions", "5"])),
      check(ofBroker("1", [SET, "no.such.config", "5"])),
      check(ofBroker("", [SET, "no.such.config", "5"])),
      check(ofBroker("1", [SET, "message.max.bytes", "x"])),
      check(ofBroker("", [SET, "message.max.bytes", "-1"])),
      check(ofBroker("1", [SET, "log.retention.ms", "77"])),
      check(ofBroker("", [SET, "log.retention.ms", "-2"])),
      check(ofBroker("1", [APPEND, "log.cleanup.policy", "compact"])),
      check(ofBroker("", [SET, "listeners", "PLAINTEXT://:1"])),
      check(ofBroker("", [SET, "advertised.listeners", "PLAINTEXT://:1"])),
      check(ofBroker("", [SET, "log.dirs", "/tmp/x"])),
      check(ofBroker("", [SET, "min.insync.replicas", "1"])),
      check(ofBroker("", [SET, "min.insync.replicas", "0"])),
      check(ofBroker("", [SET, "", "0"])),
    ],
  },
];

export const alterConfigsScenarios: ApiScenarios = { api: "AlterConfigs", scenarios: replacing };

export const incrementalAlterConfigsScenarios: ApiScenarios = {
  api: "IncrementalAlterConfigs",
  scenarios: [...changing, ...brokers],
};
