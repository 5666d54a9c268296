// CreatePartitions: how many, where, and what is refused.

import type { ApiScenarios, Body, Step } from "../scenario.ts";
import { each } from "../scenario.ts";

const topic = (
  count: number,
  brokerIds: readonly (readonly number[])[] | null = null,
  name = "~a",
): Body => ({
  name,
  count,
  assignments: brokerIds === null ? null : brokerIds.map((ids) => ({ brokerIds: ids })),
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
const topics = { a: { partitions: 2 }, b: {} };

export const createPartitionsScenarios: ApiScenarios = {
  api: "CreatePartitions",
  scenarios: [
    {
      name: "more",
      topics,
      steps: [
        { body: make(topic(4)) },
        look,
        { body: make(topic(3)) },
        { body: make(topic(5, [[1]])) },
        look,
      ],
    },
    { name: "only looked at", topics, steps: [{ body: check(topic(4)) }, look] },
    each("counts", [0, -1, 1, 2, 3, -2_147_483_648], (count) => check(topic(count)), { topics }),
    // Kafka takes seconds for them.
    each("far too many", [10_003, 2_147_483_647], (count) => check(topic(count)), {
      topics,
      versions: [3, 3],
    }),
    each(
      "assignments",
      [
        [],
        [[1]],
        [[1], [1]],
        [[1], [1], [1]],
        [[2], [1]],
        [[1, 1], [1]],
        [[], [1]],
        [
          [1, 2],
          [1, 2],
        ],
        [[-1], [1]],
        [[1, 2], [1]],
      ],
      (brokerIds) => check(topic(4, brokerIds)),
      { topics },
    ),
    each("names", ["~none", "", "a b", "x".repeat(250)], (name) => check(topic(4, null, name))),
    {
      name: "several, good ones and bad ones",
      topics,
      steps: [
        { body: make() },
        { body: make(topic(3), topic(2, null, "~none"), topic(1, null, "~b")) },
        { body: make(topic(6), topic(7)) },
        { body: make(topic(8), topic(8), topic(3, null, "~b")) },
        look,
      ],
    },
    each("timeouts", [0, -1], (timeoutMs) => ({ ...check(topic(4)), timeoutMs }), { topics }),
  ],
};
