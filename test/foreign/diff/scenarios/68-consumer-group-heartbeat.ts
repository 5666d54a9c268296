// ConsumerGroupHeartbeat and ConsumerGroupDescribe: groups that the broker assigns (KIP-848).

import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { kept } from "../scenario.ts";
import { committing, describeGroup, joining, stable, suiteOf } from "./groups/steps.ts";

const BEAT = "ConsumerGroupHeartbeat";
const topics = { a: { partitions: 2 } };

const beat = (body: Body): Step => ({ api: BEAT, body: { groupId: "~g", ...body } });

/** The first heartbeat of a member that has chosen its id itself. */
const coming = (memberId: string, more: Body = {}): Body => ({
  memberId,
  memberEpoch: 0,
  rebalanceTimeoutMs: 5_000,
  subscribedTopicNames: ["~a"],
  topicPartitions: [],
  ...more,
});
const join = (memberId: string, more: Body = {}): Step => ({
  ...beat(coming(memberId, more)),
  keep: { epoch: "memberEpoch" },
});
const staying = (memberId: string, more: Body = {}): Step =>
  beat({ memberId, memberEpoch: kept("epoch"), ...more });
const describe: Step = { api: "ConsumerGroupDescribe", body: { groupIds: ["~g"] } };
const ALONE = "AAAAAAAAAAAAAAAAAAAAAQ";

const heartbeats: readonly Scenario[] = [
  {
    name: "a member comes, stays and goes",
    topics,
    steps: [
      join(ALONE),
      staying(ALONE),
      describe,
      staying(ALONE, { subscribedTopicNames: ["~a"] }),
      beat({ memberId: ALONE, memberEpoch: kept("epoch", 1) }),
      beat({ memberId: ALONE, memberEpoch: kept("epoch", -1) }),
      staying("nobody"),
      beat({ memberId: ALONE, memberEpoch: -1 }),
      staying(ALONE),
      describe,
    ],
  },
  {
    name: "an id from the broker",
    topics,
    versions: [0, 0],
    steps: [
      { ...join(""), keep: { m: "memberId", epoch: "memberEpoch" } },
      { ...staying(""), body: { ...staying("").body, memberId: kept("m") } },
    ],
  },
  {
    name: "what is no heartbeat",
    topics,
    steps: [
      join(ALONE, { groupId: "" }),
      join(ALONE, { groupId: " " }),
      join(""),
      join(ALONE, { rebalanceTimeoutMs: -1 }),
      join(ALONE, { rebalanceTimeoutMs: 0 }),
      join(ALONE, { subscribedTopicNames: null }),
      join(ALONE, { subscribedTopicNames: [] }),
      join(ALONE, { topicPartitions: null }),
      join(ALONE, { topicPartitions: [{ topicId: "#~a", partitions: [0] }] }),
      join(ALONE, { serverAssignor: "" }),
      join(ALONE, { serverAssignor: "no such" }),
      join(ALONE, { instanceId: "" }),
      join(ALONE, { rackId: "" }),
      beat({ memberId: "", memberEpoch: 5 }),
      beat({ memberId: ALONE, memberEpoch: -3 }),
      beat({ memberId: ALONE, memberEpoch: -2 }),
      beat({ memberId: ALONE, memberEpoch: 5 }),
      beat({ memberId: ALONE, memberEpoch: -1 }),
    ],
  },
  {
    name: "assignors",
    topics,
    steps: [
      join(ALONE, { serverAssignor: "range" }),
      describe,
      staying(ALONE, { serverAssignor: "uniform" }),
    ],
  },
  {
    name: "patterns of topics",
    topics,
    versions: [1, 1],
    steps: [
      join(ALONE, { subscribedTopicNames: null, subscribedTopicRegex: "[" }),
      join(ALONE, { subscribedTopicNames: null, subscribedTopicRegex: "no-such-topic-.*" }),
      join(ALONE, { subscribedTopicNames: null, subscribedTopicRegex: "" }),
    ],
  },
  {
    name: "static members",
    topics,
    steps: [
      join(ALONE, { instanceId: "i" }),
      staying(ALONE, { instanceId: "i" }),
      join("AAAAAAAAAAAAAAAAAAAAAg", { instanceId: "i" }),
      staying(ALONE, { instanceId: "j" }),
      beat({ memberId: ALONE, memberEpoch: -2, instanceId: "i" }),
      join("AAAAAAAAAAAAAAAAAAAAAg", { instanceId: "i" }),
      staying(ALONE, { instanceId: "i" }),
      describe,
    ],
  },
  {
    name: "topics that are not there",
    topics,
    steps: [
      join(ALONE, { subscribedTopicNames: ["~none"] }),
      describe,
      staying(ALONE, { subscribedTopicNames: ["~none", "~a"] }),
    ],
  },
  {
    name: "the other protocol",
    topics,
    steps: [
      ...stable(),
      join(ALONE),
      describe,
      join(ALONE, { groupId: "~h" }),
      { api: "JoinGroup", body: joining("", { groupId: "~h" }) },
      { ...describeGroup, body: { groups: ["~h"] } },
      { api: "ListGroups", body: {}, ownTopicsOnly: true },
    ],
  },
  {
    name: "offsets",
    topics,
    steps: [
      join(ALONE),
      committing(1, { memberId: ALONE, generationIdOrMemberEpoch: kept("epoch") }),
      committing(2, { memberId: ALONE, generationIdOrMemberEpoch: kept("epoch", 1) }),
      committing(2, { memberId: ALONE, generationIdOrMemberEpoch: kept("epoch", -1) }),
      committing(3, { memberId: "nobody", generationIdOrMemberEpoch: kept("epoch") }),
      committing(4),
      ...[
        [ALONE, kept("epoch")] as const,
        [ALONE, kept("epoch", 1)] as const,
        ["nobody", 1] as const,
      ].map(([memberId, memberEpoch]): Step => ({
        api: "OffsetFetch",
        body: { groups: [{ groupId: "~g", memberId, memberEpoch, topics: null }] },
      })),
    ],
  },
];

const describing: readonly Scenario[] = [
  {
    name: "groups there are and there are not",
    topics,
    steps: [
      describe,
      join(ALONE),
      { api: "ConsumerGroupDescribe", body: { groupIds: ["~g", "~none", "", "~g"] } },
      {
        api: "ConsumerGroupDescribe",
        body: { groupIds: ["~g", "~none"], includeAuthorizedOperations: true },
      },
      { api: "ConsumerGroupDescribe", body: { groupIds: [] } },
      { api: "DescribeGroups", body: { groups: ["~g"] } },
      { api: "DeleteGroups", body: { groupsNames: ["~g"] } },
      beat({ memberId: ALONE, memberEpoch: -1 }),
      describe,
    ],
  },
  { name: "a classic group", topics, steps: [...stable(), describe] },
];

export const consumerGroupHeartbeatScenarios: ApiScenarios = suiteOf(BEAT, heartbeats);
export const consumerGroupDescribeScenarios: ApiScenarios = suiteOf(
  "ConsumerGroupDescribe",
  describing,
);
