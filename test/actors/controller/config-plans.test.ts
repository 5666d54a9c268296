import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  planChangeConfigs,
  planReplaceConfigs,
} from "../../../src/actors/controller/change-configs.ts";
import { planCreateTopics } from "../../../src/actors/controller/create-topics.ts";
import type { ConfigChange, ConfigEdits } from "../../../src/actors/controller/messages.ts";
import type { PlanContext } from "../../../src/actors/controller/plan.ts";
import { ResourceType } from "../../../src/metadata/image.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { carryOut, contextOf } from "./plan-context.ts";

const { TOPIC, BROKER, GROUP } = ResourceType;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

function withTopic(): PlanContext {
  const context = contextOf();
  const topic = {
    name: "t",
    partitionCount: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  };
  carryOut(context.image, planCreateTopics(context, [topic]));
  return context;
}

type Change = readonly [name: string, value: string | null, operation?: number];

function edits(type: number, name: string, ...changes: readonly Change[]): ConfigEdits {
  return {
    resource: { type, name },
    changes: changes.map(([key, value, operation = SET]) => ({
      name: key,
      value,
      operation: operation!,
    })),
  };
}

describe("IncrementalAlterConfigs", () => {
  // Codes, words and which check comes first are those of Kafka 4.3.1, unless said.
  type Case = readonly [string, ConfigEdits, keyof typeof ErrorCode, string | null];
  const cases: readonly Case[] = [
    ["a topic's key", edits(TOPIC, "t", ["retention.ms", "5"]), "NONE", null],
    ["a key that was not set", edits(TOPIC, "t", ["retention.ms", null, DELETE]), "NONE", null],
    ["a key nobody knows, deleted", edits(TOPIC, "t", ["foo", null, DELETE]), "NONE", null],
    ["a group's key", edits(GROUP, "g", ["consumer.session.timeout.ms", "50000"]), "NONE", null],
    [
      "the default of all groups",
      edits(GROUP, "", ["consumer.session.timeout.ms", "50000"]),
      "INVALID_REQUEST",
      "Default group resources are not allowed.",
    ],
    [
      "a group's key nobody knows",
      edits(GROUP, "g", ["session.timeout.ms", "50000"]),
      "INVALID_CONFIG",
      "Unknown group config name: session.timeout.ms",
    ],
    [
      "a group's value that is no number",
      edits(GROUP, "g", ["consumer.session.timeout.ms", "soon"]),
      "INVALID_CONFIG",
      "Invalid value soon for configuration consumer.session.timeout.ms: Not a number of type INT",
    ],
    [
      "a group's value below the broker's bound",
      edits(GROUP, "g", ["consumer.session.timeout.ms", "44999"]),
      "INVALID_CONFIG",
      "consumer.session.timeout.ms must be greater than or equal to " +
        "group.consumer.min.session.timeout.ms",
    ],
    [
      "a group's value above the broker's bound",
      edits(GROUP, "g", ["consumer.heartbeat.interval.ms", "15001"]),
      "INVALID_CONFIG",
      "consumer.heartbeat.interval.ms must be less than or equal to " +
        "group.consumer.max.heartbeat.interval.ms",
    ],
    [
      "an addition to a group's number",
      edits(GROUP, "g", ["consumer.session.timeout.ms", "1", APPEND]),
      "INVALID_CONFIG",
      "Can't APPEND to key consumer.session.timeout.ms because its type is not LIST.",
    ],
    [
      "a topic nobody knows",
      edits(TOPIC, "nope", ["retention.ms", "1"]),
      "UNKNOWN_TOPIC_OR_PARTITION",
      "The topic 'nope' does not exist.",
    ],
    [
      "an illegal topic",
      edits(TOPIC, "a b", ["retention.ms", "1"]),
      "INVALID_TOPIC_EXCEPTION",
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      "all topics",
      edits(TOPIC, "", ["retention.ms", "1"]),
      "INVALID_REQUEST",
      "Default topic resources are not allowed.",
    ],
    [
      "a key nobody knows, of a topic nobody knows",
      edits(TOPIC, "nope", ["foo", "1"]),
      "INVALID_CONFIG",
      "Unknown topic config name: foo",
    ],
    [
      "a bad value beside a good one",
      edits(TOPIC, "t", ["flush.ms", "7"], ["retention.ms", "x"]),
      "INVALID_CONFIG",
      "Invalid value x for configuration retention.ms: Not a number of type LONG",
    ],
    [
      "two that contradict one another",
      edits(TOPIC, "t", ["max.compaction.lag.ms", "5"], ["min.compaction.lag.ms", "10"]),
      "INVALID_CONFIG",
      "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)",
    ],
    [
      "no value",
      edits(TOPIC, "t", ["retention.ms", null]),
      "INVALID_REQUEST",
      "Null value not supported for : retention.ms",
    ],
    [
      "a key twice",
      edits(TOPIC, "t", ["flush.ms", "1"], ["flush.ms", "2"]),
      "INVALID_REQUEST",
      "Error due to duplicate config keys",
    ],
    [
      "an addition to what is no list",
      edits(TOPIC, "t", ["retention.ms", "1", APPEND]),
      "INVALID_CONFIG",
      "Can't APPEND to key retention.ms because its type is not LIST.",
    ],
    [
      "an addition to what nobody knows",
      edits(TOPIC, "t", ["foo", "1", APPEND]),
      "INVALID_CONFIG",
      "Can't APPEND to key foo because its type is not LIST.",
    ],
    [
      "an addition that is refused",
      edits(TOPIC, "t", ["cleanup.policy", "foo", APPEND]),
      "INVALID_CONFIG",
      "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
    ],
    [
      "an operation nobody knows",
      edits(TOPIC, "t", ["flush.ms", "1", 9]),
      "INVALID_REQUEST",
      "Unknown operations type 9",
    ],
    ["a broker's key", edits(BROKER, "1", ["log.retention.ms", "5"]), "NONE", null],
    ["a key of all brokers", edits(BROKER, "", ["log.retention.ms", "5"]), "NONE", null],
    [
      "an addition to a broker's list",
      edits(BROKER, "1", ["log.cleanup.policy", "compact", APPEND]),
      "NONE",
      null,
    ],
    [
      "an addition to a broker's number",
      edits(BROKER, "1", ["log.retention.ms", "5", APPEND]),
      "INVALID_CONFIG",
      "Config value append is not allowed for config key: log.retention.ms",
    ],
    [
      "another broker",
      edits(BROKER, "2", ["log.retention.ms", "5"]),
      "INVALID_REQUEST",
      "Unexpected broker id, expected 1, but received 2",
    ],
    [
      "a broker without number",
      edits(BROKER, "x", ["log.retention.ms", "5"]),
      "INVALID_REQUEST",
      "Node id must be an integer, but it is: x",
    ],
    [
      "a broker's key that may not change",
      edits(BROKER, "1", ["num.partitions", "3"]),
      "INVALID_REQUEST",
      "Cannot update these configs dynamically: [num.partitions]",
    ],
    [
      "a broker's key nobody knows (Kafka keeps it)",
      edits(BROKER, "1", ["foo", "3"]),
      "INVALID_REQUEST",
      "Unknown broker config name: foo",
    ],
    [
      "a bad value for a broker",
      edits(BROKER, "1", ["log.retention.ms", "x"]),
      "INVALID_REQUEST",
      "Invalid value x for configuration log.retention.ms: Not a number of type LONG",
    ],
    [
      "a resource nobody knows",
      edits(0, "1", ["x", "y"]),
      "INVALID_REQUEST",
      "Unknown resource type 0",
    ],
  ];
  for (const [what, entry, code, message] of cases) {
    test(what, () => {
      const { results } = planChangeConfigs(withTopic(), [entry]);
      assert.deepEqual(results, [
        { resource: entry.resource, errorCode: ErrorCode[code], errorMessage: message },
      ]);
    });
  }

  test("each resource stands for itself, one named twice for none", () => {
    const good = edits(TOPIC, "t", ["flush.ms", "5"]);
    const { records, results } = planChangeConfigs(withTopic(), [
      edits(BROKER, "1", ["log.retention.ms", "5"]),
      good,
      edits(BROKER, "", ["num.io.threads", "0"]),
      good,
    ]);
    assert.deepEqual(
      results.map(({ errorMessage }) => errorMessage),
      [
        null,
        "Each resource must appear at most once.",
        "Invalid value 0 for configuration num.io.threads: Value must be at least 1",
        "Each resource must appear at most once.",
      ],
    );
    assert.equal(records.length, 1);
  });

  test("lists grow from what they hold unset, and shrink", () => {
    const context = withTopic();
    const after = (value: string, operation = SET!): string | undefined => {
      const plan = planChangeConfigs(context, [
        edits(TOPIC, "t", ["cleanup.policy", value, operation]),
      ]);
      carryOut(context.image, plan);
      return context.image.configsOf(TOPIC, "t")["cleanup.policy"];
    };
    assert.equal(after("compact", APPEND), "delete,compact");
    assert.equal(after("compact,delete", APPEND), "delete,compact");
    assert.equal(after("delete", SUBTRACT), "compact");
    assert.equal(after("delete", SUBTRACT), "compact");
    assert.equal(after("compact", SUBTRACT), "");
  });

  test("what stays the same is not written", () => {
    const context = withTopic();
    const plan = () => planChangeConfigs(context, [edits(TOPIC, "t", ["flush.ms", "5"])]);
    carryOut(context.image, plan());
    assert.deepEqual(plan().records, []);
  });
});

describe("AlterConfigs", () => {
  test("what is not given returns to its default", () => {
    const context = withTopic();
    const resource = { type: TOPIC, name: "t" };
    const replace = (...configs: { name: string; value: string | null }[]) =>
      carryOut(context.image, planReplaceConfigs(context, [{ resource, configs }]));
    replace({ name: "flush.ms", value: "5" }, { name: "retention.ms", value: "6" });
    replace({ name: "retention.ms", value: "7" });
    assert.deepEqual(context.image.configsOf(TOPIC, "t"), { "retention.ms": "7" });
    const [refused] = replace({ name: "retention.ms", value: null });
    assert.equal(refused?.errorMessage, "Null value not supported for : retention.ms");
    replace();
    assert.deepEqual(context.image.configsOf(TOPIC, "t"), {});
  });
});

describe("edits of configs", () => {
  const keys = ["retention.ms", "flush.ms", "cleanup.policy", "max.message.bytes"];
  const change = fc.record({
    name: fc.constantFrom(...keys),
    operation: fc.constantFrom(SET!, DELETE!, APPEND!, SUBTRACT!),
    value: fc.constantFrom("1", "2", "delete", "compact", "bad"),
  });

  /** What one edit does to the set, as the documentation of IncrementalAlterConfigs tells it. */
  function model(set: Map<string, string>, { name, operation, value }: ConfigChange): boolean {
    const isList = name === "cleanup.policy";
    const isGood = isList ? value === "delete" || value === "compact" : /^\d$/.test(value ?? "");
    const old = (set.get(name) ?? "delete").split(",").filter((part) => part !== "");
    if (operation === DELETE) set.delete(name);
    else if (operation === SET) set.set(name, value ?? "");
    else if (!isList) return false;
    else if (operation === APPEND) set.set(name, [...new Set([...old, value])].join(","));
    else set.set(name, old.filter((part) => part !== value).join(","));
    return operation === DELETE || operation === SUBTRACT || isGood;
  }

  test("come to what a model of them comes to", () => {
    const property = fc.property(
      fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 8 }),
      (requests) => {
        const context = withTopic();
        let expected = new Map<string, string>();
        for (const changes of requests) {
          const names = changes.map(({ name }) => name);
          const plan = planChangeConfigs(context, [
            { resource: { type: TOPIC, name: "t" }, changes },
          ]);
          const [result] = carryOut(context.image, plan);
          const next = new Map(expected);
          const isGood =
            new Set(names).size === names.length && changes.every((each) => model(next, each));
          assert.equal(result?.errorCode === ErrorCode.NONE, isGood, JSON.stringify(changes));
          if (isGood) expected = next;
          const held = context.image.configsOf(TOPIC, "t");
          assert.deepEqual(new Map(Object.entries(held)), expected);
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
