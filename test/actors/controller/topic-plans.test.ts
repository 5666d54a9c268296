import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planCreatePartitions } from "../../../src/actors/controller/create-partitions.ts";
import { planCreateTopics } from "../../../src/actors/controller/create-topics.ts";
import { planDeleteTopics } from "../../../src/actors/controller/delete-topics.ts";
import type { NewTopic } from "../../../src/actors/controller/messages.ts";
import type { PlanContext } from "../../../src/actors/controller/plan.ts";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { carryOut, contextOf, directoryId, idOf } from "./plan-context.ts";

type Words = readonly [code: keyof typeof ErrorCode, message: string | null];
const taken: Words = ["NONE", null];

function topic(name: string, partitionCount = 1, replicationFactor = 1): NewTopic {
  return { name, partitionCount, replicationFactor, assignments: [], configs: [] };
}

function placed(name: string, ...brokers: readonly (readonly number[])[]): NewTopic {
  const assignments = brokers.map((brokerIds, index) => ({ index, brokerIds }));
  return { ...topic(name, -1, -1), assignments };
}

function configured(name: string, key: string, value: string | null): NewTopic {
  return { ...topic(name), configs: [{ name: key, value }] };
}

function words(of: readonly { errorCode: number; errorMessage: string | null }[]): Words[] {
  const names = Object.keys(ErrorCode) as (keyof typeof ErrorCode)[];
  return of.map(({ errorCode, errorMessage }) => [
    names.find((name) => ErrorCode[name] === errorCode)!,
    errorMessage,
  ]);
}

/** A cluster with the topic `a.b` of three partitions. */
function withTopic(): PlanContext {
  const context = contextOf();
  carryOut(context.image, planCreateTopics(context, [topic("a.b", 3)]));
  return context;
}

describe("CreateTopics", () => {
  // Codes, words and which check comes first are those of Kafka 4.3.1.
  const nonPositive = "Number of partitions was set to an invalid non-positive value.";
  const noReplicas = "Replication factor must be larger than 0, or -1 to use the default value.";
  const notALong = "Invalid value x for configuration retention.ms: Not a number of type LONG";
  const gap = "partitions should be a consecutive 0-based integer sequence";
  const cases: readonly (readonly [string, NewTopic, ...Words])[] = [
    ["what can be made", topic("new", 3), ...taken],
    ["defaults", topic("new", -1, -1), ...taken],
    ["a name that exists", topic("a.b"), "TOPIC_ALREADY_EXISTS", "Topic 'a.b' already exists."],
    [
      "a name that exists, whatever else is wrong",
      configured("a.b", "retention.ms", "x"),
      "TOPIC_ALREADY_EXISTS",
      "Topic 'a.b' already exists.",
    ],
    [
      "a name that collides",
      topic("a_b"),
      "INVALID_TOPIC_EXCEPTION",
      "Topic 'a_b' collides with existing topic: a.b",
    ],
    [
      "an illegal name",
      topic("..", 0, 0),
      "INVALID_TOPIC_EXCEPTION",
      "Topic name is invalid: '..' is not allowed",
    ],
    [
      "the metadata log",
      topic("__cluster_metadata"),
      "INVALID_REQUEST",
      "Creation of internal topic __cluster_metadata is prohibited.",
    ],
    [
      "more replicas than brokers",
      topic("new", 3, 2),
      "INVALID_REPLICATION_FACTOR",
      "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.",
    ],
    ["no replicas", topic("new", 3, 0), "INVALID_REPLICATION_FACTOR", noReplicas],
    ["no partitions", topic("new", 0), "INVALID_PARTITIONS", nonPositive],
    ["fewer than none", topic("new", -2), "INVALID_PARTITIONS", nonPositive],
    ["neither: replicas first", topic("new", 0, 0), "INVALID_REPLICATION_FACTOR", noReplicas],
    [
      "an unknown configuration",
      configured("new", "foo", "1"),
      "INVALID_CONFIG",
      "Unknown topic config name: foo",
    ],
    [
      "a bad value, before the replicas",
      { ...configured("new", "retention.ms", "x"), replicationFactor: 5 },
      "INVALID_CONFIG",
      notALong,
    ],
    [
      "no value",
      configured("new", "retention.ms", null),
      "INVALID_CONFIG",
      "Null value not supported for topic configs: retention.ms",
    ],
    ["a placement", placed("new", [1], [1]), ...taken],
    [
      "a placement and a count",
      { ...placed("new", [1]), partitionCount: 1 },
      "INVALID_REQUEST",
      "A manual partition assignment was specified, but numPartitions was not set to -1.",
    ],
    [
      "a placement and replicas",
      { ...placed("new", [1]), replicationFactor: 1 },
      "INVALID_REQUEST",
      "A manual partition assignment was specified, but replication factor was not set to -1.",
    ],
    [
      "nobody placed",
      placed("new", []),
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes an empty replica list.",
    ],
    [
      "a stranger placed",
      placed("new", [7]),
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes broker 7, but no such broker is registered.",
    ],
    [
      "somebody placed twice",
      placed("new", [1, 1]),
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes the broker 1 more than once.",
    ],
    [
      "a gap",
      { ...placed("new"), assignments: [0, 2].map((index) => ({ index, brokerIds: [1] })) },
      "INVALID_REPLICA_ASSIGNMENT",
      gap,
    ],
    [
      "not from 0",
      { ...placed("new"), assignments: [{ index: 1, brokerIds: [1] }] },
      "INVALID_REPLICA_ASSIGNMENT",
      gap,
    ],
    [
      "an index twice",
      { ...placed("new"), assignments: [0, 0].map((index) => ({ index, brokerIds: [1] })) },
      "INVALID_REPLICA_ASSIGNMENT",
      "Found multiple manual partition assignments for partition 0",
    ],
    [
      "too many partitions",
      topic("new", 10_001),
      "POLICY_VIOLATION",
      "Excessively large number of partitions per request.",
    ],
  ];
  for (const [what, wanted, ...expected] of cases) {
    test(what, () => {
      const { records, results } = planCreateTopics(withTopic(), [wanted]);
      assert.deepEqual(words(results), [expected]);
      assert.equal(records.length > 0, expected[0] === "NONE");
    });
  }

  test("a topic is its name, its configs and its partitions, led by their first replica", () => {
    const context = contextOf({}, [1, 2, 3]);
    const wanted = {
      ...configured("t", "retention.ms", "5"),
      partitionCount: 4,
      replicationFactor: 2,
    };
    const [result] = carryOut(context.image, planCreateTopics(context, [wanted]));
    assert.deepEqual(result, {
      name: "t",
      topicId: idOf(1),
      errorCode: 0,
      errorMessage: null,
      partitionCount: 4,
      replicationFactor: 2,
    });
    assert.deepEqual(context.image.configsOf(2, "t"), { "retention.ms": "5" });
    const partitions = context.image.topicByName("t")!.partitions;
    for (const { leader, isr, replicas } of partitions) {
      assert.equal(leader, replicas[0]);
      assert.deepEqual(isr, replicas);
      assert.equal(new Set(replicas).size, 2);
    }
    const leading = partitions.slice(0, 3).map(({ leader }) => leader);
    assert.deepEqual(new Set(leading), new Set([1, 2, 3]), "each in its turn");
    assert.deepEqual(partitions[0]!.directories, [directoryId, directoryId]);
    assert.deepEqual([partitions[0]!.leaderEpoch, partitions[0]!.partitionEpoch], [0, 0]);
  });

  test("each topic of a request stands for itself, a name given twice for none", () => {
    const request = [topic("x"), topic("twice"), topic("y", 0), topic("twice"), topic("z")];
    const { results } = planCreateTopics(contextOf(), request);
    assert.deepEqual(
      results.map(({ name, errorMessage }) => [name, errorMessage]),
      [
        ["x", null],
        ["twice", "Duplicate topic name."],
        ["y", nonPositive],
        ["z", null],
      ],
    );
  });

  test("names that collide with one another are not both made", () => {
    const { results } = planCreateTopics(contextOf(), [topic("c.d"), topic("c_d"), topic("c-d")]);
    assert.deepEqual(
      results.map(({ errorMessage }) => errorMessage),
      [null, "Topic 'c_d' collides with existing topic: c.d", null],
    );
  });
});

describe("DeleteTopics", () => {
  const unknownName = "This server does not host this topic-partition.";
  const byName = (name: string) => ({ name, topicId: ZERO_UUID });
  const byId = (topicId: string) => ({ name: null, topicId });

  test("by name and by id, and what nobody knows", () => {
    const context = withTopic();
    carryOut(context.image, planCreateTopics(context, [topic("other")]));
    const request = [byName("a.b"), byId(idOf(2)), byName("nope"), byId(idOf(77))];
    const results = carryOut(context.image, planDeleteTopics(context, request));
    assert.deepEqual(
      results.map(({ name, topicId }) => [name, topicId]),
      [
        ["a.b", idOf(1)],
        ["other", idOf(2)],
        ["nope", ZERO_UUID],
        [null, idOf(77)],
      ],
    );
    assert.deepEqual(words(results), [
      taken,
      taken,
      ["UNKNOWN_TOPIC_OR_PARTITION", unknownName],
      ["UNKNOWN_TOPIC_ID", "This server does not host this topic ID."],
    ]);
    assert.equal(context.image.topicCount, 0);
  });

  test("neither, both, twice, and an id beside its own name", () => {
    const both = { name: "a.b", topicId: idOf(1) };
    const neither = { name: null, topicId: ZERO_UUID };
    const refused = (...request: (typeof both | typeof neither)[]) => {
      const { records, results } = planDeleteTopics(withTopic(), request);
      assert.deepEqual(records, []);
      return words(results);
    };
    const invalid = (message: string): Words[] => [["INVALID_REQUEST", message]];
    assert.deepEqual(refused(both), invalid("You may not specify both topic name and topic id."));
    assert.deepEqual(refused(neither), invalid("Neither topic name nor id were specified."));
    assert.deepEqual(refused(byName("a.b"), byName("a.b")), invalid("Duplicate topic name."));
    assert.deepEqual(refused(byId(idOf(1)), byId(idOf(1))), invalid("Duplicate topic id."));
    assert.deepEqual(
      refused(byId(idOf(1)), byName("a.b")),
      invalid("The provided topic name maps to an ID that was already supplied."),
    );
  });

  test("not at all when that is switched off", () => {
    const context = contextOf({ "delete.topic.enable": "false" });
    const { results } = planDeleteTopics(context, [byName("a")]);
    assert.deepEqual(words(results), [["TOPIC_DELETION_DISABLED", null]]);
  });
});

describe("CreatePartitions", () => {
  type Case = readonly [string, string, number, readonly (readonly number[])[] | null, ...Words];
  const cases: readonly Case[] = [
    ["more", "a.b", 5, null, ...taken],
    ["more, placed", "a.b", 5, [[1], [1]], ...taken],
    ["as many", "a.b", 3, null, "INVALID_PARTITIONS", "Topic already has 3 partition(s)."],
    [
      "fewer",
      "a.b",
      2,
      null,
      "INVALID_PARTITIONS",
      "The topic a.b currently has 3 partition(s); 2 would not be an increase.",
    ],
    [
      "fewer than none",
      "a.b",
      -1,
      null,
      "INVALID_PARTITIONS",
      "The topic a.b currently has 3 partition(s); -1 would not be an increase.",
    ],
    ["of nothing", "nope", 5, null, "UNKNOWN_TOPIC_OR_PARTITION", null],
    [
      "placed too few",
      "a.b",
      5,
      [[1]],
      "INVALID_REPLICA_ASSIGNMENT",
      "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
    ],
    [
      "placed on a stranger",
      "a.b",
      4,
      [[9]],
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes broker 9, but no such broker is registered.",
    ],
    [
      "placed with other replicas",
      "a.b",
      4,
      [[]],
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes an empty replica list.",
    ],
    [
      "far too many",
      "a.b",
      20_000,
      null,
      "POLICY_VIOLATION",
      "Excessively large number of partitions per request.",
    ],
  ];
  for (const [what, name, count, assignments, ...expected] of cases) {
    test(what, () => {
      const context = withTopic();
      const plan = planCreatePartitions(context, [{ name, count, assignments }]);
      assert.deepEqual(words(carryOut(context.image, plan)), [expected]);
      if (expected[0] === "NONE") {
        assert.equal(context.image.topicByName(name)?.partitions.length, count);
      }
    });
  }

  test("a replica count that differs from the topic's is refused", () => {
    const context = contextOf({}, [1, 2]);
    carryOut(context.image, planCreateTopics(context, [topic("t", 1, 1)]));
    const more = { name: "t", count: 2, assignments: [[1, 2]] };
    assert.deepEqual(words(planCreatePartitions(context, [more]).results), [
      [
        "INVALID_REPLICA_ASSIGNMENT",
        "The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with previous partitions, which have 1 replica(s).",
      ],
    ]);
  });

  test("a topic named twice is refused once", () => {
    const more = { name: "a.b", count: 9, assignments: null };
    const { results } = planCreatePartitions(withTopic(), [more, more]);
    assert.deepEqual(words(results), [["INVALID_REQUEST", "Duplicate topic name."]]);
  });
});
