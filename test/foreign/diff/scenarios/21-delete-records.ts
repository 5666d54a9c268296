// DeleteRecords: how far, and what is left.

import { batch, longAgo } from "../batches.ts";
import type { ApiScenarios, Body, Step } from "../scenario.ts";
import { each } from "../scenario.ts";

const until = (offset: number, partitionIndex = 0): Body => ({
  topics: [{ name: "~a", partitions: [{ partitionIndex, offset }] }],
  timeoutMs: 5_000,
});
const filled = { a: { partitions: 2, batches: [batch(), batch(), batch()] } };
const start: Step = {
  api: "ListOffsets",
  body: {
    replicaId: -1,
    topics: [
      {
        name: "~a",
        partitions: [-2, -1, longAgo]
          .map((timestamp) => ({ partitionIndex: 0, timestamp }))
          .slice(0, 1),
      },
    ],
  },
};
const read = (fetchOffset: number): Step => ({
  api: "Fetch",
  body: {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [
      {
        topic: "~a",
        topicId: "#~a",
        partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }],
      },
    ],
  },
});

export const deleteRecordsScenarios: ApiScenarios = {
  api: "DeleteRecords",
  scenarios: [
    {
      name: "further and further",
      topics: filled,
      steps: [0, 1, 4, 4, 2, 0, 9, -1, 10].flatMap((offset) => [{ body: until(offset) }, start]),
    },
    {
      name: "what is left",
      topics: filled,
      steps: [{ body: until(4) }, read(3), read(4), read(5)],
    },
    { name: "all", topics: filled, steps: [{ body: until(-1) }, start, read(8), read(9)] },
    each("offsets that are none", [-2, -3, 10, 1e15, -1e15], (offset) => until(offset), {
      topics: filled,
    }),
    each("an empty partition", [0, -1, 1], (offset) => until(offset, 1), { topics: filled }),
    {
      name: "topics and partitions that are not there",
      topics: filled,
      steps: [
        { body: { topics: [], timeoutMs: 1_000 } },
        { body: { topics: [{ name: "~a", partitions: [] }], timeoutMs: 1_000 } },
        ...["~none", "", "a b"].map((name) => ({
          body: {
            topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }],
            timeoutMs: 1_000,
          },
        })),
        { body: until(0, 2) },
        { body: until(0, -1) },
        {
          body: {
            topics: [
              { name: "~none", partitions: [{ partitionIndex: 0, offset: 0 }] },
              {
                name: "~a",
                partitions: [
                  { partitionIndex: 1, offset: 0 },
                  { partitionIndex: 0, offset: 3 },
                  { partitionIndex: 5, offset: 3 },
                ],
              },
            ],
            timeoutMs: 1_000,
          },
        },
        {
          body: {
            topics: [
              {
                name: "~a",
                partitions: [
                  { partitionIndex: 0, offset: 4 },
                  { partitionIndex: 0, offset: 5 },
                ],
              },
            ],
            timeoutMs: 1_000,
          },
        },
        start,
      ],
    },
    {
      name: "a topic that is only compacted",
      topics: { a: { configs: { "cleanup.policy": "compact" }, batches: [batch()] } },
      steps: [{ body: until(1) }],
    },
    {
      name: "a topic that is compacted and cut",
      topics: { a: { configs: { "cleanup.policy": "compact,delete" }, batches: [batch()] } },
      steps: [{ body: until(1) }],
    },
    each("timeouts", [0, -1, 2_147_483_647], (timeoutMs) => ({ ...until(1), timeoutMs }), {
      topics: filled,
    }),
  ],
};
