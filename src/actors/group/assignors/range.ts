// The range assignor: of each topic every subscriber gets one run of neighbouring partitions, so
// that topics with the same number of partitions are shared out alike and can be joined
// (KIP-848, RangeAssignor). The place of a member in the order decides what it gets; static members
// come first, by instance id, so that their partitions stay when the process starts anew under
// another member id.
//
// Lives on: anywhere.

import type { Assignment, AssignorMember, GroupToAssign } from "./assignor.ts";
import { byMemberId, compareText } from "./assignor.ts";

export const RANGE = "range";

/** What is left of one topic while the members come by in order. */
type Share = { next: number; readonly least: number; extras: number };

export function assignRange(group: GroupToAssign): ReadonlyMap<string, Assignment> {
  const shares = new Map<string, Share>();
  for (const [topicId, partitionCount] of group.partitionCounts) {
    const subscribers = group.members.filter(({ topicIds }) => topicIds.has(topicId)).length;
    if (subscribers === 0) continue;
    const least = Math.floor(partitionCount / subscribers);
    shares.set(topicId, { next: 0, least, extras: partitionCount % subscribers });
  }
  const assignments = new Map<string, Assignment>();
  for (const member of group.members.toSorted(staticFirst)) {
    const assigned = new Map<string, readonly number[]>();
    for (const topicId of [...member.topicIds].sort(compareText)) {
      const partitions = takeRun(shares.get(topicId)!);
      if (partitions.length > 0) assigned.set(topicId, partitions);
    }
    assignments.set(member.memberId, assigned);
  }
  return assignments;
}

function takeRun(share: Share): readonly number[] {
  const size = share.least + (share.extras > 0 ? 1 : 0);
  if (share.extras > 0) share.extras--;
  const start = share.next;
  share.next += size;
  return Array.from({ length: size }, (_, i) => start + i);
}

function staticFirst(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) {
    return compareText(a.instanceId, b.instanceId);
  }
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return byMemberId(a, b);
}
