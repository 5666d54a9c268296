// OffsetForLeaderEpoch: where an epoch ended.

import { batch } from "../batches.ts";
import type { ApiScenarios, Body } from "../scenario.ts";
import { each } from "../scenario.ts";

const ask = (leaderEpoch: number, more: Body = {}, rest: Body = {}): Body => ({
  replicaId: -1,
  topics: [{ topic: "~a", partitions: [{ partition: 0, leaderEpoch, ...more }] }],
  ...rest,
});
const filled = { a: { batches: [batch(), batch()] } };

export const offsetForLeaderEpochScenarios: ApiScenarios = {
  api: "OffsetForLeaderEpoch",
  scenarios: [
    each("epochs", [0, 1, -1, -2, 100, 2_147_483_647], (epoch) => ask(epoch), { topics: filled }),
    each("epochs of an empty topic", [0, 1, -1], (epoch) => ask(epoch), { topics: { a: {} } }),
    each(
      "current leader epochs",
      [-1, 0, 1, 100, -2],
      (currentLeaderEpoch) => ask(0, { currentLeaderEpoch }),
      {
        topics: filled,
      },
    ),
    each("who asks", [-1, -2, 1, 2, -3], (replicaId) => ask(0, {}, { replicaId }), {
      topics: filled,
      versions: [3, 4],
    }),
    {
      name: "topics and partitions that are not there, or there twice",
      topics: { a: { partitions: 2, batches: [batch()] } },
      steps: [
        { body: { topics: [] } },
        { body: { topics: [{ topic: "~a", partitions: [] }] } },
        ...["~none", "", "a b"].map((topic) => ({
          body: { topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }] },
        })),
        {
          body: {
            topics: [
              { topic: "~none", partitions: [{ partition: 0, leaderEpoch: 0 }] },
              {
                topic: "~a",
                partitions: [1, 0, 0, 7, -1].map((partition) => ({ partition, leaderEpoch: 0 })),
              },
            ],
          },
        },
      ],
    },
  ],
};
