// DescribeCluster, DescribeProducers, ListConfigResources.

import { batch, numbered } from "../batches.ts";
import type { ApiScenarios } from "../scenario.ts";
import { each, one } from "../scenario.ts";

export const describeClusterScenarios: ApiScenarios = {
  api: "DescribeCluster",
  scenarios: [
    one("as it is", {}),
    one("authorized operations", { includeClusterAuthorizedOperations: true }),
    each("endpoints", [0, 1, 2, 3, -1, 127], (endpointType) => ({ endpointType }), {
      versions: [1, 2],
    }),
    one("fenced brokers", { includeFencedBrokers: true }, { versions: [2, 2] }),
    one(
      "fenced controllers",
      { includeFencedBrokers: true, endpointType: 2 },
      { versions: [2, 2] },
    ),
  ],
};

const producers = (name: string, partitionIndexes: readonly number[]) => ({
  topics: [{ name, partitionIndexes }],
});

export const describeProducersScenarios: ApiScenarios = {
  api: "DescribeProducers",
  scenarios: [
    {
      name: "producers",
      topics: {
        a: {
          partitions: 2,
          batches: [
            numbered(8_001, 2, 0),
            numbered(8_001, 2, 3),
            batch(),
            numbered(8_000, 0, 0, [{ value: "v" }]),
          ],
        },
      },
      steps: [
        { body: producers("~a", [0]) },
        { body: producers("~a", [1]) },
        { body: producers("~a", [1, 0, 0, 2, -1]) },
        { body: producers("~a", []) },
        { body: producers("~none", [0]) },
        { body: producers("", [0]) },
        { body: producers("a b", [0]) },
        { body: { topics: [] } },
      ],
    },
  ],
};

export const listConfigResourcesScenarios: ApiScenarios = {
  api: "ListConfigResources",
  scenarios: [
    { name: "all", topics: { a: {} }, steps: [{ body: {} }] },
    each(
      "types",
      [[2], [4], [8], [16], [32], [2, 4], [2, 2], [0], [1], [3], [64], [-1], [2, 3]],
      (resourceTypes) => ({ resourceTypes }),
      {
        versions: [1, 1],
      },
    ),
  ],
};
