// Members that go: of their own will, or because nothing has been heard of them for too long.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { RebalanceCause } from "../messages.ts";
import type { GroupState } from "../state.ts";
import { dismiss } from "./answers.ts";
import type { ClassicMember } from "./member.ts";
import { completeJoinIfDue, rebalance } from "./rebalance.ts";
import { isHeldBack, watchSessions } from "./sessions.ts";

export function expireSessions(g: GroupState): void {
  g.sessionsDueMs = Infinity;
  const nowMs = g.world.monotonicMs();
  for (const [memberId, deadlineMs] of [...g.classic.pendingJoins]) {
    if (deadlineMs <= nowMs) forgetPendingJoin(g, memberId);
  }
  for (const member of [...g.classic.members.values()]) {
    if (member.deadlineMs > nowMs || isHeldBack(member)) continue;
    // The end of one may have removed another.
    if (g.classic.members.get(member.memberId) !== member) continue;
    removeMember(g, member, "session expired", null);
  }
  watchSessions(g);
}

export function forgetPendingJoin(g: GroupState, memberId: string): void {
  g.classic.pendingJoins.delete(memberId);
  completeJoinIfDue(g);
}

/** One member leaves, of its own will or not, and the others have to share anew. */
export function removeMember(
  g: GroupState,
  member: ClassicMember,
  cause: RebalanceCause,
  reason: string | null,
): void {
  dismiss(g, member, ErrorCode.UNKNOWN_MEMBER_ID);
  rebalance(g, cause, member, reason);
}
