// The uniform assignor, the default of consumer groups: balance first, then stickiness (KIP-848,
// UniformAssignor). Where all members subscribe to the same topics, each gets its quota, and keeps
// what it has up to it; where they do not, see uniform-heterogeneous.ts.
//
// Lives on: anywhere.

import type { Assignment, AssignorMember, GroupToAssign } from "./assignor.ts";
import { byMemberId, compareText, emptyAssignment, isHomogeneous } from "./assignor.ts";
import { assignHeterogeneous } from "./uniform-heterogeneous.ts";

export const UNIFORM = "uniform";

export function assignUniform(group: GroupToAssign): ReadonlyMap<string, Assignment> {
  const members = group.members.toSorted(byMemberId);
  const isSame = isHomogeneous(members);
  return isSame
    ? assignHomogeneous(members, group.partitionCounts)
    : assignHeterogeneous(members, group.partitionCounts);
}

type Partition = { readonly topicId: string; readonly partition: number };

/**
 * Total partitions over members, rounded down, is everyone's quota; the remainder gives one more to
 * as many members. Those who have the most now are given it first, so that a member that leaves or
 * comes moves no more partitions than it must.
 */
function assignHomogeneous(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, Assignment> {
  const topicIds = [...(members[0]?.topicIds ?? [])].sort(compareText);
  const total = topicIds.reduce((sum, topicId) => sum + partitionCounts.get(topicId)!, 0);
  const quotas = quotasOf(members, topicIds, total);
  const taken = new Map(topicIds.map((id) => [id, new Uint8Array(partitionCounts.get(id)!)]));
  const kept = members.map(({ assigned }, index) =>
    keepWithin(assigned, topicIds, quotas[index]!, taken),
  );
  const free = unassigned(topicIds, taken);
  const assignments = new Map<string, Assignment>();
  let nextFree = 0;
  members.forEach(({ memberId, assigned }, index) => {
    const { partitions, count } = kept[index]!;
    const wanted = quotas[index]! - count;
    if (wanted === 0 && count === countOf(assigned)) {
      assignments.set(memberId, assigned);
      return;
    }
    for (const { topicId, partition } of free.slice(nextFree, nextFree + wanted)) {
      const own = partitions.get(topicId);
      if (own === undefined) partitions.set(topicId, [partition]);
      else own.push(partition);
    }
    nextFree += wanted;
    for (const own of partitions.values()) own.sort((a, b) => a - b);
    assignments.set(memberId, partitions.size === 0 ? emptyAssignment : partitions);
  });
  return assignments;
}

/** How many partitions each member is to get. */
function quotasOf(
  members: readonly AssignorMember[],
  topicIds: readonly string[],
  total: number,
): readonly number[] {
  if (members.length === 0) return [];
  const least = Math.floor(total / members.length);
  const quotas = new Array<number>(members.length).fill(least);
  const owned = members.map(({ assigned }) =>
    topicIds.reduce((sum, topicId) => sum + (assigned.get(topicId)?.length ?? 0), 0),
  );
  const hasMore = members
    .map((_, index) => index)
    .sort((a, b) => Math.min(owned[b]!, least + 1) - Math.min(owned[a]!, least + 1) || a - b);
  for (const index of hasMore.slice(0, total % members.length)) quotas[index] = least + 1;
  return quotas;
}

/** The part of an assignment that fits the quota; marks it as taken. */
function keepWithin(
  assigned: Assignment,
  topicIds: readonly string[],
  quota: number,
  taken: ReadonlyMap<string, Uint8Array>,
): { readonly partitions: Map<string, number[]>; readonly count: number } {
  const partitions = new Map<string, number[]>();
  let count = 0;
  for (const topicId of topicIds) {
    const marks = taken.get(topicId)!;
    const own: number[] = [];
    for (const partition of assigned.get(topicId) ?? []) {
      if (count === quota) break;
      // Partitions never go away while their topic lives; an id that comes twice belongs to the first.
      if (marks[partition] !== 0) continue;
      marks[partition] = 1;
      own.push(partition);
      count++;
    }
    if (own.length > 0) partitions.set(topicId, own);
  }
  return { partitions, count };
}

function unassigned(
  topicIds: readonly string[],
  taken: ReadonlyMap<string, Uint8Array>,
): readonly Partition[] {
  const free: Partition[] = [];
  for (const topicId of topicIds) {
    taken.get(topicId)!.forEach((mark, partition) => {
      if (mark === 0) free.push({ topicId, partition });
    });
  }
  return free;
}

function countOf(assigned: Assignment): number {
  let count = 0;
  for (const partitions of assigned.values()) count += partitions.length;
  return count;
}
