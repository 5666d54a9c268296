// What the scenarios of groups are made of: members that join, sync and go. Each has a connection of
// its own name, under which its id is kept as well.

import type { Body, Kept, Scenario, Step } from "../../scenario.ts";
import { kept } from "../../scenario.ts";

export const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

const protocols: readonly Body[] = [
  { name: "range", metadata: bytes("r") },
  { name: "roundrobin", metadata: bytes("rr") },
];

export const NEVER = 2_147_483_647;

export function joining(memberId: string | Kept, more: Body = {}): Body {
  return {
    groupId: "~g",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 5_000,
    memberId,
    protocolType: "consumer",
    protocols,
    ...more,
  };
}

/** Generations are kept under the group's own name: all members are of the same one. */
export const generation = (plus = 0): Kept => kept("generation", plus);

export const first = (who: string, more: Body = {}, api = "JoinGroup"): Step => ({
  api,
  connection: who,
  body: joining("", more),
  keep: { [who]: "memberId", generation: "generationId" },
});

export const again = (who: string, more: Body = {}, api = "JoinGroup"): Step => ({
  api,
  connection: who,
  body: joining(kept(who), more),
  keep: { generation: "generationId" },
});

export function syncing(who: string, assigned: readonly string[] = [], more: Body = {}): Step {
  return {
    api: "SyncGroup",
    connection: who,
    body: {
      groupId: "~g",
      generationId: generation(),
      memberId: kept(who),
      protocolType: "consumer",
      protocolName: "range",
      assignments: assigned.map((other) => ({
        memberId: kept(other),
        assignment: bytes(`for ${other}`),
      })),
      ...more,
    },
  };
}

export const beat = (who: string, more: Body = {}): Step => ({
  api: "Heartbeat",
  connection: who,
  body: { groupId: "~g", generationId: generation(), memberId: kept(who), ...more },
});

export const leaving = (who: string): Step => ({
  api: "LeaveGroup",
  connection: who,
  body: { groupId: "~g", members: [{ memberId: kept(who) }] },
});

/** A group with one member that has its assignment. */
export function stable(who = "a", more: Body = {}): readonly Step[] {
  return [first(who, more), again(who, more), syncing(who, [who])];
}

/** `other` joins the member `who`, and both get their assignments. */
export function joinedBy(other: string, who = "a"): readonly Step[] {
  return [
    first(other),
    { ...again(other), isDeferred: true },
    beat(who),
    again(who),
    { ...again(other), hear: true },
    { ...syncing(other), isDeferred: true },
    syncing(who, [who, other]),
    { ...syncing(other), hear: true },
  ];
}

/** The same where the first request to join waits for the others (before version 4). */
export function joinedAtOnceBy(other: string, who = "a"): readonly Step[] {
  return [
    { ...first(other), isDeferred: true },
    beat(who),
    again(who),
    { ...first(other), hear: true },
    { ...syncing(other), isDeferred: true },
    syncing(who, [who, other]),
    { ...syncing(other), hear: true },
  ];
}

export const describeGroup: Step = { api: "DescribeGroups", body: { groups: ["~g"] } };

/** Of nobody, as tools do it. */
export function committing(offset: number, more: Body = {}): Step {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: "m" }];
  return {
    api: "OffsetCommit",
    body: { groupId: "~g", topics: [{ name: "~a", topicId: "#~a", partitions }], ...more },
  };
}

/** By name and by id, whatever the version looks at. */
export const lookAtOffsets: Step = {
  api: "OffsetFetch",
  body: { groups: [{ groupId: "~g", topics: null }] },
};

/** Steps of the suite's own API, in the suite's version. */
export function own(steps: readonly Step[], api: string): readonly Step[] {
  return steps.map((step) => {
    if (step.api !== api) return step;
    const { api: _, ...rest } = step;
    return rest;
  });
}

export function suiteOf(api: string, scenarios: readonly Scenario[]) {
  const all = scenarios.map((each) => ({ ...each, steps: own(each.steps, api) }));
  return { api, world: "groups" as const, scenarios: all };
}
