// DescribeLogDirs: sizes of partitions.

import { batch } from "../batches.ts";
import type { ApiScenarios } from "../scenario.ts";

const topics = { a: { partitions: 2, batches: [batch(), batch()] }, b: {} };
const some = (topic: string, partitions: readonly number[]) => ({
  topics: [{ topic, partitions }],
});

export const describeLogDirsScenarios: ApiScenarios = {
  api: "DescribeLogDirs",
  scenarios: [
    {
      name: "sizes",
      topics,
      steps: [
        { body: { topics: null }, ownTopicsOnly: true },
        { body: { topics: [] } },
        { body: some("~a", [0, 1]) },
        { body: some("~a", [1]) },
        { body: some("~a", []) },
        { body: some("~a", [0, 0, 7, -1]) },
        { body: some("~none", [0]) },
        { body: some("", [0]) },
        {
          body: {
            topics: [
              { topic: "~b", partitions: [0] },
              { topic: "~a", partitions: [0] },
            ],
          },
        },
        {
          body: {
            topics: [
              { topic: "~a", partitions: [1] },
              { topic: "~a", partitions: [0] },
            ],
          },
        },
      ],
    },
  ],
};
