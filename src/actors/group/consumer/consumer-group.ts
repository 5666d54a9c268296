// The state of one consumer group (KIP-848). All of it that must outlive a restart is what the
// group's records add up to, and only apply.ts changes it; the rest, marked so, is begun anew by
// whoever loads the group.
//
// Lives on: host thread (part of the group actor).

import type { ConsumerGroupMemberMetadataValue } from "../../../protocol/records/group/05-consumer-group-member-metadata.ts";
import type { Assignment } from "../assignors/assignor.ts";

/** `MemberState`, as numbered in the records. */
export const MemberState = {
  STABLE: 0,
  UNREVOKED_PARTITIONS: 1,
  UNRELEASED_PARTITIONS: 2,
  UNKNOWN: 127,
} as const;
export type MemberState = (typeof MemberState)[keyof typeof MemberState];

/** Of a group that nobody subscribes to anything in; no record says it. */
export const FIRST_EPOCH = 1;

/** Epochs that mean something else. */
export const JOIN_EPOCH = 0;
export const LEAVE_EPOCH = -1;
/** A static member is away and will be back. */
export const STATIC_LEAVE_EPOCH = -2;

/** Topic id -> partition -> the member epoch at which it was assigned. No topic is empty. */
export type Owned = ReadonlyMap<string, ReadonlyMap<number, number>>;

export const nothingOwned: Owned = new Map();

/** Never changed in place: another takes its place in the group. */
export type Member = {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Sorted, each once. */
  readonly subscribedTopicNames: readonly string[];
  /** Empty: none. */
  readonly subscribedTopicRegex: string;
  readonly rebalanceTimeoutMs: number;
  readonly serverAssignor: string | null;
  /** Of a member that still speaks the classic protocol. */
  readonly classic: ConsumerGroupMemberMetadataValue["classicMemberMetadata"];
  readonly memberEpoch: number;
  readonly previousMemberEpoch: number;
  readonly state: MemberState;
  readonly assigned: Owned;
  /** Told to give up, and not yet heard to have done so. */
  readonly pendingRevocation: Owned;
};

/** The topics that a pattern matched, sorted, when it was last looked at. */
export type ResolvedPattern = {
  readonly topics: readonly string[];
  /** Of the catalog of topics. */
  readonly version: number;
  readonly timestampMs: number;
};

export type RebalanceDeadline = { readonly dueMs: number; readonly memberEpoch: number };

export type ConsumerGroup = {
  readonly groupId: string;
  groupEpoch: number;
  metadataHash: bigint;
  assignmentEpoch: number;
  /** 0: never. */
  assignmentTimestampMs: number;
  readonly members: Map<string, Member>;
  /** Instance id -> member id. */
  readonly staticMembers: Map<string, string>;
  /** By member id. */
  readonly targets: Map<string, Assignment>;
  readonly patterns: Map<string, ResolvedPattern>;
  /** Topic id -> partition -> member id: what is assigned, or not yet given up. */
  readonly owners: Map<string, Map<number, string>>;

  // Not in the log.

  /** When to compare the subscribed topics with the catalog again. */
  metadataRefreshDueMs: number;
  /** By member id: out of the group unless heard of before. */
  readonly sessionDeadlines: Map<string, number>;
  /** By member id: out of the group unless it has given up partitions before. */
  readonly rebalanceDeadlines: Map<string, RebalanceDeadline>;
};

export function newConsumerGroup(groupId: string): ConsumerGroup {
  return {
    groupId,
    groupEpoch: FIRST_EPOCH,
    metadataHash: 0n,
    assignmentEpoch: FIRST_EPOCH,
    assignmentTimestampMs: 0,
    members: new Map(),
    staticMembers: new Map(),
    targets: new Map(),
    patterns: new Map(),
    owners: new Map(),
    metadataRefreshDueMs: 0,
    sessionDeadlines: new Map(),
    rebalanceDeadlines: new Map(),
  };
}

export function newMember(memberId: string): Member {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: "",
    clientHost: "",
    subscribedTopicNames: [],
    subscribedTopicRegex: "",
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    classic: null,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: MemberState.STABLE,
    assigned: nothingOwned,
    pendingRevocation: nothingOwned,
  };
}

/** The names are those that clients see. */
export type ConsumerGroupState = "Empty" | "Assigning" | "Reconciling" | "Stable";

export function stateOf(group: ConsumerGroup): ConsumerGroupState {
  if (group.members.size === 0) return "Empty";
  if (group.groupEpoch > group.assignmentEpoch) return "Assigning";
  for (const member of group.members.values()) {
    if (!isReconciled(member, group.assignmentEpoch)) return "Reconciling";
  }
  return "Stable";
}

export function isReconciled(member: Member, assignmentEpoch: number): boolean {
  return member.state === MemberState.STABLE && member.memberEpoch === assignmentEpoch;
}

export function staticMemberOf(group: ConsumerGroup, instanceId: string): Member | undefined {
  const memberId = group.staticMembers.get(instanceId);
  return memberId === undefined ? undefined : group.members.get(memberId);
}

export function ownerOf(
  group: ConsumerGroup,
  topicId: string,
  partition: number,
): string | undefined {
  return group.owners.get(topicId)?.get(partition);
}

/** What a member subscribes to by name and by pattern. A pattern nobody has resolved matches none. */
export function subscribedTopics(group: ConsumerGroup, member: Member): readonly string[] {
  const matched = group.patterns.get(member.subscribedTopicRegex)?.topics ?? [];
  if (matched.length === 0) return member.subscribedTopicNames;
  if (member.subscribedTopicNames.length === 0) return matched;
  return [...new Set([...member.subscribedTopicNames, ...matched])];
}

/** Whether anybody subscribes by this pattern. */
export function isPatternUsed(group: ConsumerGroup, pattern: string): boolean {
  for (const member of group.members.values()) {
    if (member.subscribedTopicRegex === pattern) return true;
  }
  return false;
}
