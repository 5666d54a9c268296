// CreateTopics: names, counts, assignments, configs, and what is made of them.

import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { each } from "../scenario.ts";

const topic = (more: Body = {}): Body => ({
  name: "~a",
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...more,
});
const make = (...topics: readonly Body[]): Body => ({
  topics,
  timeoutMs: 10_000,
  validateOnly: false,
});
const check = (...topics: readonly Body[]): Body => ({ ...make(...topics), validateOnly: true });

const look: Step = {
  api: "Metadata",
  body: { topics: [{ name: "~a" }], allowAutoTopicCreation: false },
};

const illegal = [
  "",
  ".",
  "..",
  "a b",
  "a/b",
  "ä",
  "x".repeat(250),
  "__consumer_offsets",
  "__cluster_metadata",
];

const configs: readonly (readonly [string, string | null])[] = [
  ["cleanup.policy", "compact"],
  ["cleanup.policy", "compact,delete"],
  ["cleanup.policy", ""],
  ["cleanup.policy", "delete,delete"],
  ["cleanup.policy", "shred"],
  ["cleanup.policy", null],
  ["retention.ms", "1000"],
  ["retention.ms", " 1000 "],
  ["retention.ms", "-1"],
  ["retention.ms", "-2"],
  ["retention.ms", "1s"],
  ["retention.ms", ""],
  ["retention.ms", "9223372036854775807"],
  ["retention.ms", "9223372036854775808"],
  ["retention.bytes", "-1"],
  ["segment.bytes", "13"],
  ["segment.bytes", "1048575"],
  ["segment.bytes", "1048576"],
  ["segment.bytes", "2147483648"],
  ["segment.ms", "0"],
  ["segment.ms", "1"],
  ["max.message.bytes", "-1"],
  ["max.message.bytes", "0"],
  ["compression.type", "zstd"],
  ["compression.type", "ZSTD"],
  ["compression.type", "brotli"],
  ["compression.zstd.level", "23"],
  ["compression.gzip.level", "0"],
  ["compression.gzip.level", "-1"],
  ["compression.lz4.level", "18"],
  ["message.timestamp.type", "LogAppendTime"],
  ["message.timestamp.type", "Never"],
  ["min.insync.replicas", "0"],
  ["min.insync.replicas", "2"],
  ["min.cleanable.dirty.ratio", "0.3"],
  ["min.cleanable.dirty.ratio", "1.5"],
  ["min.cleanable.dirty.ratio", "x"],
  ["preallocate", "TRUE"],
  ["preallocate", "yes"],
  ["unclean.leader.election.enable", "true"],
  ["follower.replication.throttled.replicas", "*"],
  ["follower.replication.throttled.replicas", "0:1,1:1"],
  ["follower.replication.throttled.replicas", "x"],
  ["local.retention.ms", "-2"],
  ["local.retention.ms", "100"],
  ["remote.storage.enable", "true"],
  ["remote.log.copy.disable", "true"],
  ["max.compaction.lag.ms", "1"],
  ["min.compaction.lag.ms", "-1"],
  ["flush.messages", "0"],
  ["flush.ms", "-1"],
  ["index.interval.bytes", "-1"],
  ["segment.index.bytes", "3"],
  ["delete.retention.ms", "-1"],
  ["file.delete.delay.ms", "-1"],
  ["message.format.version", "2.0"],
  ["message.downconversion.enable", "true"],
  ["no.such.config", "1"],
  ["", "1"],
];

const settings: Scenario = {
  name: "configs",
  versions: [2, 7],
  steps: configs.map(([name, value]) => ({ body: check(topic({ configs: [{ name, value }] })) })),
};

const placed = (...assignments: readonly (readonly [number, readonly number[]])[]): Body =>
  topic({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  });

export const createTopicsScenarios: ApiScenarios = {
  api: "CreateTopics",
  scenarios: [
    {
      name: "one",
      steps: [{ body: make(topic({ numPartitions: 3 })) }, look, { body: make(topic()) }],
    },
    { name: "only looked at", steps: [{ body: check(topic({ numPartitions: 3 })) }, look] },
    { name: "none", steps: [{ body: make() }, { body: check() }] },
    {
      name: "several, good ones and bad ones",
      steps: [
        {
          body: make(
            topic({ name: "~b" }),
            topic({ name: "bad name" }),
            topic({ name: "~c", numPartitions: 0 }),
            topic({ numPartitions: 2 }),
          ),
        },
        look,
      ],
    },
    {
      name: "a name twice",
      steps: [{ body: make(topic(), topic({ numPartitions: 2 }), topic({ name: "~b" })) }, look],
    },
    each("names", illegal, (name) => check(topic({ name }))),
    {
      name: "names that collide",
      topics: { "x.y": {} },
      steps: [
        { body: make(topic({ name: "~x_y" })) },
        { body: check(topic({ name: "~p.q" }), topic({ name: "~p_q" })) },
      ],
    },
    each(
      "partition counts",
      [-1, 0, -2, 1, 10_001, 2_147_483_647, -2_147_483_648],
      (numPartitions) => check(topic({ numPartitions })),
    ),
    each("replication factors", [-1, 0, -2, 2, 32_767], (replicationFactor) =>
      check(topic({ replicationFactor })),
    ),
    {
      name: "all by default",
      steps: [{ body: make(topic({ numPartitions: -1, replicationFactor: -1 })) }, look],
    },
    {
      name: "assignments",
      steps: [
        { body: check(placed([0, [1]])) },
        { body: check(placed([0, [1]], [1, [1]])) },
        { body: check(placed([1, [1]], [0, [1]])) },
        { body: check(placed([1, [1]])) },
        { body: check(placed([0, [1]], [0, [1]])) },
        { body: check(placed([0, [1]], [2, [1]])) },
        { body: check(placed([-1, [1]])) },
        { body: check(placed([0, []])) },
        { body: check(placed([0, [1, 1]])) },
        { body: check(placed([0, [2]])) },
        { body: check(placed([0, [1, 2]])) },
        { body: check(placed([0, [-1]])) },
        { body: check(placed([0, [1]], [1, [1, 2]])) },
        { body: check({ ...placed([0, [1]]), numPartitions: 1 }) },
        { body: check({ ...placed([0, [1]]), replicationFactor: 1 }) },
        { body: check({ ...placed([0, [1]]), numPartitions: 2, replicationFactor: 1 }) },
        { body: make(placed([0, [1]], [1, [1]])) },
        look,
      ],
    },
    settings,
    {
      name: "configs that stay",
      steps: [
        {
          body: make(
            topic({
              configs: [
                { name: "retention.ms", value: "5000" },
                { name: "cleanup.policy", value: "compact" },
                { name: "retention.ms", value: "6000" },
              ],
            }),
          ),
        },
        {
          api: "DescribeConfigs",
          body: {
            resources: [{ resourceType: 2, resourceName: "~a", configurationKeys: null }],
            includeSynonyms: true,
          },
        },
      ],
    },
    each("timeouts", [0, -1, 1], (timeoutMs) => ({ ...check(topic()), timeoutMs })),
  ],
};

export const strictCreateTopics: ApiScenarios = {
  api: "CreateTopics",
  world: "strict",
  scenarios: [
    {
      name: "all by default",
      steps: [{ body: make(topic({ numPartitions: -1, replicationFactor: -1 })) }, look],
    },
  ],
};
