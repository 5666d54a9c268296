// What an assignor is given and what it answers. In the classic protocol one member, the leader, shares
// the partitions out among all (KIP-429 for what "cooperative" means).
//
// Lives on: anywhere.

import type { TopicPartition } from "../topic-partition.ts";
import { flattened } from "../topic-partition.ts";
import type { PartitionRacks } from "./racks.ts";

/** A member as its subscription tells of it. */
export type GroupMember = {
  readonly memberId: string;
  /** Static members (KIP-345) have one. */
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  /** What it has not given up, and in which generation it got that; -1: nobody knows. */
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
  readonly userData: Uint8Array | null;
  readonly rackId: string | null;
};

/** What a member was last assigned. */
export type LastAssignment = {
  readonly partitions: readonly TopicPartition[];
  readonly generationId: number;
};

/** Member id -> what it gets; every member has an entry. */
export type Assignments = ReadonlyMap<string, readonly TopicPartition[]>;

export interface ClientAssignor {
  /** The same in all clients, whatever they are written in. */
  readonly name: string;
  /** Members keep what they own through a rebalance and give up what they are told to. */
  readonly isCooperative: boolean;
  /** What it wants to know of a member when it next assigns. */
  userDataFor?(last: LastAssignment | undefined): Uint8Array | null;
  /** `partitionCounts` lacks topics that there are not. Same input, same answer. */
  assign(
    members: readonly GroupMember[],
    partitionCounts: ReadonlyMap<string, number>,
    racks?: PartitionRacks,
  ): Assignments;
}

/** Static members first, by instance id, so that they keep their places under another member id. */
export function compareMembers(a: GroupMember, b: GroupMember): number {
  if (a.instanceId !== null && b.instanceId !== null) {
    return compareText(a.instanceId, b.instanceId);
  }
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

/** In Java's order of strings, which is by UTF-16 units, as JavaScript's is. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Topics that somebody subscribes to and that there are, in order. */
export function topicsToAssign(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): string[] {
  const topics = new Set(members.flatMap((member) => member.topics));
  return [...topics].filter((topic) => (partitionCounts.get(topic) ?? 0) > 0).sort(compareText);
}

export function partitionsOf(
  topics: readonly string[],
  partitionCounts: ReadonlyMap<string, number>,
): TopicPartition[] {
  return flattened(
    topics.map((topic) => ({ topic, partitions: [...Array(partitionCounts.get(topic)).keys()] })),
  );
}
