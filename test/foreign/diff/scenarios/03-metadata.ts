// Metadata: by name, by id, all of it, creation on demand.

import type { ApiScenarios, Body, Step } from "../scenario.ts";
import { each, unknownId, zeroId } from "../scenario.ts";

const named = (...names: readonly (string | null)[]): Body => ({
  topics: names.map((name) => ({ name })),
  allowAutoTopicCreation: false,
});
const byId = (...ids: readonly string[]): Body => ({
  topics: ids.map((topicId) => ({ topicId, name: null })),
  allowAutoTopicCreation: false,
});

const illegal = ["", ".", "..", "a b", "a/b", "ä", "x".repeat(249), "x".repeat(250)];
const topics = { a: { partitions: 3 }, b: {} };

const creating = (body: Body): readonly Step[] => [
  { body },
  { body: { topics: [], allowAutoTopicCreation: false } },
];

export const metadataScenarios: ApiScenarios = {
  api: "Metadata",
  scenarios: [
    {
      name: "by name",
      topics,
      steps: [
        { body: named(), ownTopicsOnly: true },
        { body: named("~a") },
        { body: named("~b", "~a") },
        { body: named("~a", "~a") },
        { body: named("~none") },
        { body: named("~a", "~none", "") },
      ],
    },
    {
      name: "all topics",
      topics,
      versions: [1, 13],
      steps: [{ body: { topics: null }, ownTopicsOnly: true }],
    },
    each("names that are none", illegal, (name) => named(name), { versions: [4, 13] }),
    each(
      "internal names",
      ["__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"],
      (name) => named(name),
      { versions: [4, 13] },
    ),
    {
      name: "authorized operations",
      topics,
      versions: [8, 13],
      steps: [
        { body: { ...named("~a", "~none"), includeTopicAuthorizedOperations: true } },
        { body: { ...named("~a"), includeClusterAuthorizedOperations: true } },
      ],
    },
    {
      name: "by id",
      topics,
      versions: [12, 13],
      steps: [
        { body: byId("#~a") },
        { body: byId("#~a", "#~b", "#~a") },
        { body: byId(unknownId) },
        { body: byId(zeroId) },
        { body: byId("#~a", unknownId, zeroId) },
        { body: { topics: [{ topicId: "#~a", name: "~b" }], allowAutoTopicCreation: false } },
        { body: { topics: [{ topicId: "#~a", name: "~a" }], allowAutoTopicCreation: false } },
        {
          body: {
            topics: [
              { topicId: "#~a", name: null },
              { topicId: zeroId, name: "~b" },
            ],
            allowAutoTopicCreation: false,
          },
        },
        {
          body: {
            topics: [
              { topicId: unknownId, name: null },
              { topicId: zeroId, name: null },
            ],
            allowAutoTopicCreation: false,
          },
        },
        {
          body: {
            topics: [
              { topicId: zeroId, name: null },
              { topicId: zeroId, name: "~b" },
            ],
            allowAutoTopicCreation: false,
          },
        },
      ],
    },
    {
      name: "by id, too early",
      topics,
      versions: [10, 11],
      steps: [
        { body: byId("#~a") },
        { body: byId(zeroId) },
        { body: { topics: [{ topicId: "#~a", name: "~a" }], allowAutoTopicCreation: false } },
        { body: { topics: [{ name: "~b" }, { topicId: unknownId, name: null }] } },
      ],
    },
    {
      name: "creation on demand",
      steps: [
        { body: { topics: [{ name: "~new" }] } },
        ...creating({ topics: [{ name: "~newer" }, { name: "~new" }] }).slice(0, 1),
      ],
      versions: [0, 0],
    },
    {
      name: "creation on demand, allowed",
      versions: [4, 13],
      steps: [
        { body: { topics: [{ name: "~new" }, { name: "a b" }], allowAutoTopicCreation: true } },
        { api: "CreateTopics", body: { topics: [], timeoutMs: 5_000 } },
        { api: "CreateTopics", body: { topics: [], timeoutMs: 5_000 } },
        { body: named("~new") },
      ],
    },
    {
      name: "creation on demand, forbidden",
      versions: [4, 13],
      steps: [
        { body: { topics: [{ name: "~new" }], allowAutoTopicCreation: false } },
        { api: "CreateTopics", body: { topics: [], timeoutMs: 5_000 } },
        { body: named("~new") },
      ],
    },
    {
      name: "creation on demand of names that collide",
      versions: [4, 13],
      topics: { "x.y": {} },
      steps: [
        { body: { topics: [{ name: "~x_y" }], allowAutoTopicCreation: true } },
        { api: "CreateTopics", body: { topics: [], timeoutMs: 5_000 } },
        { body: named("~x_y") },
      ],
    },
  ],
};

/** Where the broker itself creates nothing. */
export const strictMetadata: ApiScenarios = {
  api: "Metadata",
  world: "strict",
  scenarios: [
    {
      name: "no creation on demand",
      steps: [
        { body: { topics: [{ name: "~new" }] } },
        { api: "CreateTopics", body: { topics: [], timeoutMs: 5_000 } },
        { body: { topics: [{ name: "~new" }] } },
      ],
    },
  ],
};
