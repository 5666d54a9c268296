// ListOffsets: times, the special ones, and who may ask.

import { batch, longAgo, three } from "../batches.ts";
import type { ApiScenarios, Body } from "../scenario.ts";
import { each } from "../scenario.ts";

const ask = (timestamp: number | bigint, more: Body = {}, rest: Body = {}): Body => ({
  replicaId: -1,
  timeoutMs: 5_000,
  ...rest,
  topics: [{ name: "~a", partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
});

const filled = {
  a: {
    batches: [
      batch(),
      batch(three, { compression: "zstd" }),
      batch([{ value: "v", at: longAgo + 10 }]),
    ],
  },
};
const endOfTime = 2n ** 63n - 1n;

const special = [-1, -2, -3, -4, -5, -6, -7, -8, -100, -(2n ** 63n)];
const times = [
  0,
  1,
  longAgo,
  longAgo + 1,
  longAgo + 5,
  longAgo + 6,
  longAgo + 10,
  longAgo + 11,
  2n ** 53n,
  endOfTime,
];

export const listOffsetsScenarios: ApiScenarios = {
  api: "ListOffsets",
  scenarios: [
    each("special times", special, (at) => ask(at), { topics: filled }),
    each("special times of an empty topic", special, (at) => ask(at), { topics: { a: {} } }),
    each("times", times, (at) => ask(at), { topics: filled }),
    each("times of an empty topic", [0, 1, endOfTime], (at) => ask(at), { topics: { a: {} } }),
    {
      name: "after records were deleted",
      topics: filled,
      steps: [
        {
          api: "DeleteRecords",
          body: {
            topics: [{ name: "~a", partitions: [{ partitionIndex: 0, offset: 4 }] }],
            timeoutMs: 5_000,
          },
        },
        ...[...special, ...times].map((at) => ({ body: ask(at) })),
      ],
    },
    {
      name: "a topic that stamps records itself",
      topics: {
        a: { configs: { "message.timestamp.type": "LogAppendTime" }, batches: [batch()] },
      },
      steps: [-1, -2, -3, 0, longAgo, endOfTime].map((at) => ({ body: ask(at) })),
    },
    each("isolation levels", [0, 1, 2, -1], (isolationLevel) => ask(-1, {}, { isolationLevel }), {
      topics: filled,
      versions: [2, 11],
    }),
    each(
      "a level and a time",
      [-1, -2, -3, longAgo, longAgo + 11],
      (at) => ask(at, {}, { isolationLevel: 1 }),
      {
        topics: filled,
        versions: [2, 11],
      },
    ),
    each(
      "current leader epochs",
      [-1, 0, 1, 100, -2],
      (currentLeaderEpoch) => ask(-1, { currentLeaderEpoch }),
      {
        topics: filled,
        versions: [4, 11],
      },
    ),
    each(
      "a leader epoch and a time",
      [0, 1],
      (currentLeaderEpoch) => ask(longAgo, { currentLeaderEpoch }),
      {
        topics: filled,
        versions: [4, 11],
      },
    ),
    each("who asks", [-1, -2, 1, 2, -3, 1_000], (replicaId) => ask(-1, {}, { replicaId }), {
      topics: filled,
    }),
    each("timeouts", [0, -1, 2_147_483_647], (timeoutMs) => ask(-1, {}, { timeoutMs }), {
      topics: filled,
      versions: [10, 11],
    }),
    {
      name: "topics and partitions that are not there, or there twice",
      topics: { a: { partitions: 2, batches: [batch()] } },
      steps: [
        { body: { replicaId: -1, topics: [] } },
        { body: { replicaId: -1, topics: [{ name: "~a", partitions: [] }] } },
        ...["~none", "", ".", "a b", "x".repeat(250)].map((name) => ({
          body: {
            replicaId: -1,
            topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
          },
        })),
        ...[-1, 2, 2_147_483_647].map((partitionIndex) => ({
          body: {
            replicaId: -1,
            topics: [{ name: "~a", partitions: [{ partitionIndex, timestamp: -1 }] }],
          },
        })),
        {
          body: {
            replicaId: -1,
            topics: [
              {
                name: "~a",
                partitions: [
                  { partitionIndex: 1, timestamp: -1 },
                  { partitionIndex: 0, timestamp: -1 },
                  { partitionIndex: 0, timestamp: -2 },
                ],
              },
              { name: "~none", partitions: [{ partitionIndex: 0, timestamp: -1 }] },
            ],
          },
        },
        {
          body: {
            replicaId: -1,
            topics: [
              { name: "~a", partitions: [{ partitionIndex: 0, timestamp: -1 }] },
              { name: "~a", partitions: [{ partitionIndex: 1, timestamp: -1 }] },
            ],
          },
        },
      ],
    },
  ],
};
