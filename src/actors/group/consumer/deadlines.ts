// When members are out of the group: a session that nothing was heard in, or partitions that were
// not given up within the member's own rebalance timeout. The deadlines are not in the log; whoever
// loads a group gives its members new ones (`GroupMetadataManager.onLoaded`).
//
// Lives on: host thread (part of the group actor).

import type { ConsumerGroup, Member } from "./consumer-group.ts";
import { MemberState } from "./consumer-group.ts";
import type { Surroundings } from "./surroundings.ts";

export function extendSession(group: ConsumerGroup, member: Member, around: Surroundings): void {
  const timeoutMs = member.classic?.sessionTimeoutMs ?? around.settings.sessionTimeoutMs;
  group.sessionDeadlines.set(member.memberId, around.nowMs + timeoutMs);
}

/** Called after each step of a member's reconciliation. */
export function watchRevocation(group: ConsumerGroup, member: Member, around: Surroundings): void {
  if (member.state !== MemberState.UNREVOKED_PARTITIONS || member.classic !== null) {
    group.rebalanceDeadlines.delete(member.memberId);
    return;
  }
  group.rebalanceDeadlines.set(member.memberId, {
    dueMs: around.nowMs + member.rebalanceTimeoutMs,
    memberEpoch: member.memberEpoch,
  });
}

/** One that speaks the classic protocol is to join again, or has, and is to ask for its assignment. */
export function awaitClassicMember(
  group: ConsumerGroup,
  { memberId, memberEpoch, rebalanceTimeoutMs }: Member,
  { nowMs }: Surroundings,
): void {
  if (group.rebalanceDeadlines.has(memberId)) return;
  group.rebalanceDeadlines.set(memberId, { dueMs: nowMs + rebalanceTimeoutMs, memberEpoch });
}

export function forgetRebalance(group: ConsumerGroup, memberId: string): void {
  group.rebalanceDeadlines.delete(memberId);
}

export function forgetDeadlines(group: ConsumerGroup, memberId: string): void {
  group.sessionDeadlines.delete(memberId);
  group.rebalanceDeadlines.delete(memberId);
}

/** After the group was loaded, or a change was taken back: everyone has a deadline, nobody else. */
export function armDeadlines(group: ConsumerGroup, around: Surroundings): void {
  for (const memberId of [...group.sessionDeadlines.keys()]) {
    if (!group.members.has(memberId)) forgetDeadlines(group, memberId);
  }
  for (const member of group.members.values()) {
    if (!group.sessionDeadlines.has(member.memberId)) extendSession(group, member, around);
    watchRevocation(group, member, around);
  }
}

/** The next of one member. */
export function deadlineOf(group: ConsumerGroup, memberId: string): number {
  const session = group.sessionDeadlines.get(memberId) ?? Infinity;
  return Math.min(session, group.rebalanceDeadlines.get(memberId)?.dueMs ?? Infinity);
}

/** Infinity: none. */
export function nextDeadlineMs(group: ConsumerGroup): number {
  let next = Infinity;
  for (const dueMs of group.sessionDeadlines.values()) next = Math.min(next, dueMs);
  for (const { dueMs } of group.rebalanceDeadlines.values()) next = Math.min(next, dueMs);
  return next;
}

export type Overdue = { readonly silent: readonly string[]; readonly unrevoked: readonly string[] };

/** Member ids. Who is both is silent. */
export function overdue(group: ConsumerGroup, nowMs: number): Overdue {
  const silent = new Set<string>();
  for (const [memberId, dueMs] of group.sessionDeadlines) {
    if (dueMs <= nowMs && group.members.has(memberId)) silent.add(memberId);
  }
  const unrevoked: string[] = [];
  for (const [memberId, deadline] of group.rebalanceDeadlines) {
    if (deadline.dueMs > nowMs || silent.has(memberId)) continue;
    const member = group.members.get(memberId);
    const isStill =
      member !== undefined &&
      (member.classic !== null ||
        (member.state === MemberState.UNREVOKED_PARTITIONS &&
          member.memberEpoch === deadline.memberEpoch));
    if (isStill) unrevoked.push(memberId);
  }
  return { silent: [...silent], unrevoked };
}
