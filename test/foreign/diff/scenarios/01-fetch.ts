// Fetch: offsets, limits, epochs, waiting, sessions.

import { batch, numbered, three } from "../batches.ts";
import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { each, kept, unknownId, zeroId } from "../scenario.ts";

const partition = (fetchOffset: number, more: Body = {}): Body => ({
  partition: 0,
  fetchOffset,
  partitionMaxBytes: 1 << 20,
  ...more,
});
const topic = (name: string, partitions: readonly Body[]): Body => ({
  topic: `~${name}`,
  topicId: `#~${name}`,
  partitions,
});
const now = { maxWaitMs: 0, minBytes: 0 };
const from = (fetchOffset: number, more: Body = {}, rest: Body = {}): Body => ({
  ...now,
  ...rest,
  topics: [topic("a", [partition(fetchOffset, more)])],
});

/** Offsets 0-2, 3-5 and 6-8. */
const filled = {
  a: { batches: [batch(), batch(three, { compression: "gzip" }), numbered(9, 0, 0)] },
};

const reading: readonly Scenario[] = [
  each("offsets", [0, 1, 2, 3, 8, 9, 10, 1e15, -1, -2, -1e15], (offset) => from(offset), {
    topics: filled,
  }),
  each("an empty topic", [0, 1, -1], (offset) => from(offset), { topics: { a: {} } }),
  each("isolation levels", [0, 1, 2, -1], (isolationLevel) => from(3, {}, { isolationLevel }), {
    topics: filled,
  }),
  each(
    "bytes of a partition",
    [0, 1, 60, 100, 250, -1, 2_147_483_647],
    (partitionMaxBytes) => from(0, { partitionMaxBytes }),
    {
      topics: filled,
    },
  ),
  each(
    "bytes of the whole",
    [0, 1, 60, 100, 250, -1, 2_147_483_647],
    (maxBytes) => from(0, {}, { maxBytes }),
    {
      topics: filled,
    },
  ),
  {
    name: "bytes over two partitions",
    topics: { a: { batches: [batch(), batch()] }, b: { batches: [batch(), batch()] } },
    steps: [0, 1, 100, 150, 300].map((maxBytes) => ({
      body: { ...now, maxBytes, topics: [topic("b", [partition(0)]), topic("a", [partition(0)])] },
    })),
  },
  each("least bytes", [-1, 0, 1, 10_000], (minBytes) => from(0, {}, { minBytes, maxWaitMs: 50 }), {
    topics: filled,
  }),
  each(
    "waiting at the end",
    [-1, 0, 1, 30],
    (maxWaitMs) => from(9, {}, { minBytes: 1, maxWaitMs }),
    {
      topics: filled,
    },
  ),
];

const addressed: readonly Scenario[] = [
  {
    name: "topics and partitions that are not there",
    topics: filled,
    steps: [
      { body: { ...now, topics: [topic("none", [partition(0)])] } },
      { body: { ...now, topics: [topic("a", [partition(0, { partition: 1 })])] } },
      { body: { ...now, topics: [topic("a", [partition(0, { partition: -1 })])] } },
      {
        body: {
          ...now,
          topics: [
            topic("none", [partition(0)]),
            topic("a", [partition(0, { partition: 1 }), partition(0)]),
          ],
        },
      },
      { body: { ...now, topics: [] } },
      { body: { ...now, topics: [topic("a", [])] } },
      { body: { ...now, topics: [topic("a", [partition(0), partition(3)])] } },
      { body: { ...now, topics: [topic("a", [partition(0)]), topic("a", [partition(3)])] } },
    ],
  },
  each(
    "ids that are no topic's",
    [unknownId, zeroId],
    (topicId) => ({
      ...now,
      topics: [{ topicId, partitions: [partition(0)] }],
    }),
    { versions: [13, 18] },
  ),
  each(
    "names that no topic has",
    ["", ".", "a b", "x".repeat(250)],
    (name) => ({
      ...now,
      topics: [{ topic: name, partitions: [partition(0)] }],
    }),
    { versions: [4, 12] },
  ),
];

const epochs: readonly Scenario[] = [
  each(
    "current leader epochs",
    [-1, 0, 1, 100, -2],
    (currentLeaderEpoch) => from(0, { currentLeaderEpoch }),
    {
      versions: [9, 18],
      topics: filled,
    },
  ),
  each(
    "last fetched epochs",
    [-1, 0, 1, 100, -2],
    (lastFetchedEpoch) => from(3, { lastFetchedEpoch }),
    {
      versions: [12, 18],
      topics: filled,
    },
  ),
  each(
    "last fetched epochs beyond the end",
    [-1, 0, 1],
    (lastFetchedEpoch) => from(12, { lastFetchedEpoch }),
    {
      versions: [12, 18],
      topics: filled,
    },
  ),
  each("replicas", [1, 2, -2, -3], (replicaId) => from(0, {}, { replicaId }), {
    versions: [4, 14],
    topics: filled,
  }),
  each(
    "replicas by their state",
    [{ replicaId: 2, replicaEpoch: -1 }, { replicaId: 1, replicaEpoch: 1 }, { replicaId: -2 }],
    (replicaState) => from(0, {}, { replicaState }),
    { versions: [15, 18], topics: filled },
  ),
  each("racks", ["", "here", "elsewhere"], (rackId) => from(0, {}, { rackId }), {
    versions: [11, 18],
    topics: filled,
  }),
  each("cluster ids", [null, "", "another"], (clusterId) => from(0, {}, { clusterId }), {
    versions: [12, 18],
    topics: filled,
  }),
];

const open: Step = {
  body: {
    ...now,
    sessionId: 0,
    sessionEpoch: 0,
    topics: [topic("a", [partition(0)]), topic("b", [partition(0)])],
  },
  keep: { session: "sessionId" },
};
const go = (sessionEpoch: number, rest: Body = {}): Step => ({
  body: { ...now, sessionId: kept("session"), sessionEpoch, topics: [], ...rest },
});
const both = { a: { batches: [batch()] }, b: { batches: [batch()] } };
const add: Step = {
  api: "Produce",
  body: {
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name: "~b", topicId: "#~b", partitionData: [{ index: 0, records: batch() }] }],
  },
};

const sessions: readonly Scenario[] = [
  {
    name: "a session",
    versions: [7, 18],
    topics: both,
    steps: [
      open,
      go(1, { topics: [topic("a", [partition(3)]), topic("b", [partition(3)])] }),
      go(2),
      add,
      go(3),
      go(4),
      go(5, { topics: [topic("b", [partition(6)])] }),
      go(6),
      go(7, { topics: [topic("b", [partition(3)])] }),
      go(8, { topics: [topic("a", [partition(77)])] }),
      go(9),
      go(10, { topics: [topic("a", [partition(3)])] }),
      go(-1),
      go(11),
    ],
  },
  {
    name: "epochs of a session",
    versions: [7, 18],
    topics: both,
    steps: [open, go(2), go(1), go(1), go(3), go(2), go(-2), go(2_147_483_647), go(3)],
  },
  {
    name: "a session begun anew",
    versions: [7, 18],
    topics: both,
    steps: [
      open,
      {
        ...open,
        body: { ...open.body, sessionId: kept("session") },
        keep: { second: "sessionId" },
      },
      go(1),
      { body: { ...now, sessionId: kept("second"), sessionEpoch: 1, topics: [] } },
    ],
  },
  {
    name: "sessions that nobody has opened",
    versions: [7, 18],
    topics: both,
    steps: [
      { body: { ...now, sessionId: 12_345, sessionEpoch: 1, topics: [] } },
      { body: { ...now, sessionId: -5, sessionEpoch: 1, topics: [] } },
      {
        body: { ...now, sessionId: 12_345, sessionEpoch: -1, topics: [topic("a", [partition(0)])] },
      },
      { body: { ...now, sessionId: 0, sessionEpoch: 5, topics: [topic("a", [partition(0)])] } },
      { body: { ...now, sessionId: 0, sessionEpoch: 0, topics: [] } },
      {
        body: { ...now, sessionId: 12_345, sessionEpoch: 0, topics: [topic("a", [partition(0)])] },
      },
    ],
  },
  {
    name: "forgotten partitions",
    versions: [7, 18],
    topics: both,
    steps: [
      open,
      go(1, { forgottenTopicsData: [{ topic: "~a", topicId: "#~a", partitions: [0, 5] }] }),
      go(2, { topics: [topic("b", [partition(0)])] }),
      go(3, { forgottenTopicsData: [{ topic: "~none", topicId: "#~none", partitions: [0] }] }),
      go(4, { topics: [topic("a", [partition(0)])] }),
      go(5, {
        topics: [topic("a", [partition(0)])],
        forgottenTopicsData: [{ topic: "~a", topicId: "#~a", partitions: [0] }],
      }),
      go(6),
    ],
  },
  {
    name: "a session with partitions that are not there",
    versions: [7, 18],
    topics: both,
    steps: [
      {
        ...open,
        body: {
          ...now,
          sessionId: 0,
          sessionEpoch: 0,
          topics: [
            topic("a", [partition(3), partition(0, { partition: 4 })]),
            topic("none", [partition(0)]),
          ],
        },
      },
      go(1),
      go(2, { topics: [topic("none", [partition(1)])] }),
    ],
  },
  {
    name: "a session of a version with names, gone on with by ids",
    versions: [7, 12],
    topics: both,
    steps: [open, { ...go(1), version: 13 }, { ...go(1), version: 18 }, go(1)],
  },
  {
    name: "a session by ids, gone on with by names",
    versions: [13, 18],
    topics: both,
    steps: [open, { ...go(1), version: 12 }, go(1)],
  },
  {
    name: "a session whose topic is deleted",
    versions: [7, 18],
    topics: both,
    steps: [
      {
        ...open,
        body: { ...open.body, topics: [topic("a", [partition(3)]), topic("b", [partition(3)])] },
      },
      { api: "DeleteTopics", version: 5, body: { topicNames: ["~a"], timeoutMs: 10_000 } },
      go(1),
      go(2),
    ],
  },
];

export const fetchScenarios: ApiScenarios = {
  api: "Fetch",
  scenarios: [...reading, ...addressed, ...epochs, ...sessions],
};
