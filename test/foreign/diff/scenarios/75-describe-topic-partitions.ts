// DescribeTopicPartitions: pages of it.

import type { ApiScenarios, Body } from "../scenario.ts";
import { each } from "../scenario.ts";

const topics = { a: { partitions: 3 }, b: { partitions: 2 }, c: {} };
const named = (...names: readonly string[]): Body => ({ topics: names.map((name) => ({ name })) });
const all = named("~a", "~b", "~c");
const cursor = (topicName: string, partitionIndex: number): Body => ({
  cursor: { topicName, partitionIndex },
});

export const describeTopicPartitionsScenarios: ApiScenarios = {
  api: "DescribeTopicPartitions",
  scenarios: [
    {
      name: "topics",
      topics,
      steps: [
        { body: named("~a") },
        { body: named("~c", "~a", "~b") },
        { body: named("~a", "~a") },
        { body: named("~none") },
        { body: named("~none", "~a", "a b") },
        ...["", ".", "a b", "x".repeat(250)].map((name) => ({ body: named(name) })),
        { body: { topics: [] }, ownTopicsOnly: true },
      ],
    },
    each(
      "limits",
      [0, 1, 2, 3, 4, 5, 6, 7, -1, 2_147_483_647],
      (responsePartitionLimit) => ({ ...all, responsePartitionLimit }),
      {
        topics,
      },
    ),
    each("cursors", [0, 1, 2, 3, 100, -1], (index) => ({ ...all, ...cursor("~a", index) }), {
      topics,
    }),
    each(
      "cursors at other topics",
      ["~a", "~b", "~c", "~aa", "~d", "", "~none"],
      (name) => ({ ...all, ...cursor(name, 0) }),
      {
        topics,
      },
    ),
    each(
      "cursors and limits",
      [1, 2, 3],
      (responsePartitionLimit) => ({ ...all, ...cursor("~a", 2), responsePartitionLimit }),
      {
        topics,
      },
    ),
    each(
      "cursors at topics that are not asked for",
      [1, 5],
      (responsePartitionLimit) => ({
        ...named("~b", "~c"),
        ...cursor("~a", 1),
        responsePartitionLimit,
      }),
      {
        topics,
      },
    ),
    {
      name: "limits and topics that are not there",
      topics,
      steps: [1, 2, 3, 4].map((responsePartitionLimit) => ({
        body: { ...named("~a", "~aa", "~b", "~none"), responsePartitionLimit },
      })),
    },
  ],
};
