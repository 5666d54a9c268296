// DeleteTopics, by name and by id.

import type { ApiScenarios, Body, Step } from "../scenario.ts";
import { each, unknownId, zeroId } from "../scenario.ts";

const byName = (...topicNames: readonly string[]): Body => ({ topicNames, timeoutMs: 10_000 });
const topics = (...entries: readonly Body[]): Body => ({ topics: entries, timeoutMs: 10_000 });
const look: Step = {
  api: "Metadata",
  body: { topics: [{ name: "~a" }, { name: "~b" }], allowAutoTopicCreation: false },
};
const old: readonly [number, number] = [1, 5];
const both = { a: {}, b: { partitions: 2 } };

export const deleteTopicsScenarios: ApiScenarios = {
  api: "DeleteTopics",
  scenarios: [
    {
      name: "by name",
      versions: old,
      topics: both,
      steps: [
        { body: byName() },
        { body: byName("~none") },
        { body: byName("~a", "~none") },
        look,
        { body: byName("~a") },
        { body: byName("~b", "~b") },
        look,
      ],
    },
    each("names that no topic has", ["", ".", "a b", "x".repeat(250)], (name) => byName(name), {
      versions: old,
    }),
    {
      name: "by name or id",
      versions: [6, 6],
      topics: { ...both, c: {}, d: {} },
      steps: [
        { body: topics() },
        { body: topics({ name: "~none" }) },
        { body: topics({ name: null, topicId: unknownId }) },
        { body: topics({ name: null, topicId: zeroId }) },
        { body: topics({ name: "~a", topicId: "#~a" }) },
        { body: topics({ name: "~a", topicId: unknownId }) },
        { body: topics({ name: "~c" }, { name: null, topicId: "#~c" }) },
        { body: topics({ name: "~d" }, { name: "~d" }) },
        { body: topics({ name: null, topicId: "#~d" }, { name: null, topicId: "#~d" }) },
        { body: topics({ name: null, topicId: unknownId }, { name: null, topicId: unknownId }) },
        { body: topics({ name: "" }) },
        look,
        { body: topics({ name: null, topicId: "#~a" }, { name: "~none" }) },
        { body: topics({ name: "~b" }) },
        look,
      ],
    },
    {
      name: "and made again",
      topics: { a: {} },
      versions: old,
      steps: [
        { body: byName("~a") },
        {
          api: "CreateTopics",
          body: {
            topics: [
              { name: "~a", numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] },
            ],
            timeoutMs: 10_000,
          },
        },
        look,
      ],
    },
    each("timeouts", [0, -1], (timeoutMs) => ({ ...byName("~none"), timeoutMs }), {
      versions: old,
    }),
  ],
};

export const strictDeleteTopics: ApiScenarios = {
  api: "DeleteTopics",
  world: "strict",
  scenarios: [
    {
      name: "forbidden",
      versions: old,
      topics: { a: {} },
      steps: [{ body: byName("~a", "~none") }, { body: byName() }, look],
    },
    {
      name: "forbidden, by id",
      versions: [6, 6],
      topics: { a: {} },
      steps: [{ body: topics({ name: null, topicId: "#~a" }, { name: "~none" }) }, look],
    },
  ],
};
