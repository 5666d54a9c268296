// OffsetCommit, OffsetFetch, OffsetDelete: what groups keep.

import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { kept, unknownId, zeroId } from "../scenario.ts";
import {
  beat,
  committing,
  describeGroup,
  first,
  again,
  generation,
  leaving,
  lookAtOffsets,
  stable,
  suiteOf,
} from "./groups/steps.ts";

const topics = { a: { partitions: 3 }, b: {} };

type Place = readonly [partitionIndex: number, committedOffset: number, metadata?: string | null];

const at = (...places: readonly Place[]): Body => ({
  topics: [
    {
      name: "~a",
      topicId: "#~a",
      partitions: places.map(([partitionIndex, committedOffset, committedMetadata = ""]) => ({
        partitionIndex,
        committedOffset,
        committedMetadata,
      })),
    },
  ],
});
const commit = (body: Body): Step => ({
  api: "OffsetCommit",
  body: { groupId: "~g", ...body },
});
const member = (more: Body = {}): Body => ({
  generationIdOrMemberEpoch: generation(),
  memberId: kept("a"),
  ...more,
});

const offsetCommit: readonly Scenario[] = [
  {
    name: "without a group",
    topics,
    steps: [
      commit(at([0, 5], [1, 0, "x"])),
      commit(at([0, 4], [2, 7, null])),
      lookAtOffsets,
      commit({ ...at([0, 5]), groupId: "" }),
      commit({ topics: [] }),
      commit(at()),
      describeGroup,
    ],
  },
  {
    name: "offsets and epochs of all kinds",
    topics,
    steps: [
      commit(at([0, -1], [1, -2], [2, 9_007_199_254_740_991])),
      lookAtOffsets,
      commit({
        topics: [
          {
            name: "~a",
            topicId: "#~a",
            partitions: [0, -1, -2, 99].map((committedLeaderEpoch, index) => ({
              partitionIndex: index % 3,
              committedOffset: index,
              committedLeaderEpoch,
              committedMetadata: "",
            })),
          },
        ],
      }),
      lookAtOffsets,
    ],
  },
  {
    name: "metadata too large",
    topics,
    steps: [
      commit(at([0, 1, "m".repeat(4_096)], [1, 1, "m".repeat(4_097)])),
      commit(at([2, 1, "ä".repeat(2_048)])),
      commit(at([2, 1, "ä".repeat(2_049)])),
      lookAtOffsets,
    ],
  },
  {
    name: "topics and partitions that are not there",
    topics,
    steps: [
      commit(at([0, 1], [3, 1], [-1, 1])),
      ...["~none", "", "a b"].map((name) =>
        commit({
          topics: [
            {
              name,
              topicId: unknownId,
              partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: "" }],
            },
            ...(at([1, 1]).topics as readonly Body[]),
          ],
        }),
      ),
      commit({
        topics: [
          {
            name: "~none",
            topicId: zeroId,
            partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: "" }],
          },
        ],
      }),
      lookAtOffsets,
    ],
  },
  {
    name: "a partition twice",
    topics,
    steps: [commit(at([0, 1], [0, 2])), lookAtOffsets],
  },
  {
    name: "members",
    topics,
    steps: [
      ...stable(),
      commit({ ...at([0, 11]), ...member() }),
      lookAtOffsets,
      commit({ ...at([0, 12]), ...member({ generationIdOrMemberEpoch: generation(1) }) }),
      commit({ ...at([0, 12]), ...member({ generationIdOrMemberEpoch: generation(-1) }) }),
      commit({ ...at([0, 12]), ...member({ generationIdOrMemberEpoch: -1 }) }),
      commit({ ...at([0, 12]), ...member({ memberId: "nobody" }) }),
      commit({ ...at([0, 12]), ...member({ memberId: "" }) }),
      commit(at([0, 12])),
      commit({ ...at([3, 12]), ...member() }),
      lookAtOffsets,
      leaving("a"),
      commit(at([0, 13])),
      commit({ ...at([0, 14]), ...member() }),
      lookAtOffsets,
    ],
  },
  {
    name: "members of nothing",
    topics,
    steps: [
      commit({ ...at([0, 1]), generationIdOrMemberEpoch: 0, memberId: "nobody" }),
      commit({ ...at([0, 1]), generationIdOrMemberEpoch: 1, memberId: "" }),
      commit({ ...at([0, 1]), generationIdOrMemberEpoch: -1, memberId: "nobody" }),
      lookAtOffsets,
    ],
  },
  {
    name: "before the assignment and while another one joins",
    topics,
    steps: [
      first("a"),
      again("a"),
      commit({ ...at([0, 1]), ...member() }),
      ...stable().slice(2),
      first("b"),
      { ...again("b"), isDeferred: true },
      commit({ ...at([0, 2]), ...member() }),
      lookAtOffsets,
    ],
  },
  {
    name: "instances",
    versions: [7, 10],
    topics,
    steps: [
      ...stable(),
      commit({ ...at([0, 1]), ...member({ groupInstanceId: "nobody" }) }),
      commit({ ...at([0, 1]), groupInstanceId: "nobody" }),
    ],
  },
];

const wanted = (topic: string, ...partitionIndexes: readonly number[]): Body => ({
  name: topic,
  topicId: topic.startsWith("~") ? `#${topic}` : unknownId,
  partitionIndexes,
});
const ask = (some: readonly Body[] | null, more: Body = {}): Step => {
  const { groupId = "~g", memberId = null, memberEpoch = -1, ...rest } = more;
  const groups = [{ groupId, memberId, memberEpoch, topics: some }];
  const named = some?.map(({ name = "~a", partitionIndexes }) => ({ name, partitionIndexes }));
  return { api: "OffsetFetch", body: { groupId, topics: named ?? null, groups, ...rest } };
};

const offsetFetch: readonly Scenario[] = [
  {
    name: "some, and what there is not",
    topics,
    steps: [
      ask([wanted("~a", 0, 1)]),
      committing(5),
      committing(6, { topics: at([1, 8, "words"]).topics as readonly Body[] }),
      ask([wanted("~a", 0, 1, 2, 3, -1), wanted("~b", 0)]),
      ask([wanted("~a", 1, 1, 0)]),
      ask([wanted("~a", 0), wanted("~a", 1)]),
      ask([wanted("~a")]),
      ask([]),
      ask([wanted("~none", 0), wanted("", 0), wanted("a b", 0)]),
      ask([wanted("~a", 0)], { groupId: "" }),
      ask([wanted("~a", 0)], { groupId: "~none" }),
    ],
  },
  {
    name: "all",
    versions: [2, 10],
    topics,
    steps: [
      ask(null),
      committing(5),
      ask(null),
      ask(null, { groupId: "" }),
      ask(null, { groupId: "~none" }),
    ],
  },
  {
    name: "stable ones",
    versions: [7, 10],
    topics,
    steps: [
      committing(5),
      ask([wanted("~a", 0)], { requireStable: true }),
      ask(null, { requireStable: true }),
    ],
  },
  {
    name: "several groups",
    versions: [8, 10],
    topics,
    steps: [
      committing(5),
      committing(6, { groupId: "~h" }),
      {
        api: "OffsetFetch",
        body: {
          groups: [
            { groupId: "~h", topics: [wanted("~a", 0)] },
            { groupId: "~g", topics: null },
            { groupId: "~none", topics: null },
            { groupId: "", topics: [wanted("~a", 0)] },
          ],
        },
      },
      { api: "OffsetFetch", body: { groups: [] } },
      {
        api: "OffsetFetch",
        body: {
          groups: [
            { groupId: "~h", topics: [wanted("~a", 0)] },
            { groupId: "~h", topics: [wanted("~a", 1)] },
          ],
        },
      },
    ],
  },
  {
    name: "members",
    versions: [9, 10],
    topics,
    steps: [
      ...stable(),
      committing(5, { generationIdOrMemberEpoch: generation(), memberId: kept("a") }),
      ask(null, { memberId: kept("a"), memberEpoch: generation() }),
      ask(null, { memberId: "nobody", memberEpoch: 1 }),
      ask(null, { memberId: kept("a"), memberEpoch: 100 }),
      ask(null, { memberId: "nobody", memberEpoch: 1, groupId: "~none" }),
    ],
  },
  {
    name: "ids that are no topic's",
    versions: [10, 10],
    topics,
    steps: [
      committing(5),
      ...[unknownId, zeroId].map((topicId): Step => ({
        api: "OffsetFetch",
        body: { groups: [{ groupId: "~g", topics: [{ topicId, partitionIndexes: [0, 1] }] }] },
      })),
    ],
  },
  {
    name: "offsets of a topic that is deleted",
    topics,
    steps: [
      committing(5),
      { api: "DeleteTopics", body: { topics: [{ name: "~a" }], timeoutMs: 5_000 } },
      ask([{ name: "~a", topicId: unknownId, partitionIndexes: [0] }]),
      { api: "OffsetFetch", version: 9, body: { groups: [{ groupId: "~g", topics: null }] } },
    ],
  },
];

const forget = (topic: string, ...partitions: readonly number[]): Body => ({
  topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
});
const remove = (body: Body): Step => ({ api: "OffsetDelete", body: { groupId: "~g", ...body } });

const offsetDelete: readonly Scenario[] = [
  {
    name: "of a group without members",
    topics,
    steps: [
      remove(forget("~a", 0)),
      committing(5),
      committing(6, { topics: at([1, 8]).topics }),
      remove({ ...forget("~a", 0), groupId: "" }),
      remove({ ...forget("~a", 0), groupId: "~none" }),
      remove(forget("~none", 0)),
      remove(forget("", 0)),
      remove(forget("~a", 0, 2, 3, -1)),
      lookAtOffsets,
      remove(forget("~a", 1, 1)),
      remove(forget("~a")),
      remove({ topics: [] }),
      lookAtOffsets,
    ],
  },
  {
    name: "of a group with members",
    topics,
    steps: [
      ...stable("a", { protocolType: "connect" }),
      beat("a"),
      remove(forget("~a", 0)),
      describeGroup,
    ],
  },
];

export const offsetCommitScenarios: ApiScenarios = suiteOf("OffsetCommit", offsetCommit);
export const offsetFetchScenarios: ApiScenarios = suiteOf("OffsetFetch", offsetFetch);
export const offsetDeleteScenarios: ApiScenarios = suiteOf("OffsetDelete", offsetDelete);
