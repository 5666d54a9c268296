// Until when each member counts as alive. One timer serves all members of a group: it is set for the
// earliest deadline it knows of, and a heartbeat only moves its member's deadline (departures.ts).
//
// A member whose join or sync is parked cannot send heartbeats and does not expire, unless it is new:
// it may have gone away without a trace, so it is answered after some minutes and asked to come again.
//
// Lives on: host thread (part of the group actor).

import type { GroupState } from "../state.ts";
import type { ClassicMember } from "./member.ts";

/** Kafka's (`GroupCoordinatorConfig.CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS`). */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;

/** It has been heard of. */
export function restartSession(
  g: GroupState,
  member: ClassicMember,
  timeoutMs = member.sessionTimeoutMs,
): void {
  member.deadlineMs = g.world.monotonicMs() + timeoutMs;
  watchSession(g, member.deadlineMs);
}

export function watchSession(g: GroupState, deadlineMs: number): void {
  if (deadlineMs >= g.sessionsDueMs) return;
  g.sessionsDueMs = deadlineMs;
  g.out.startTimer("sessions", deadlineMs - g.world.monotonicMs(), "sessionsDue", {});
}

/** It waits for us, not we for it. Its session begins anew with the answer. */
export function isHeldBack({ isNew, awaitsJoin, awaitsSync }: ClassicMember): boolean {
  return !isNew && (awaitsJoin !== undefined || awaitsSync !== undefined);
}

/** Sets the timer anew when it has fired. */
export function watchSessions(g: GroupState): void {
  let earliest = Infinity;
  for (const member of g.classic.members.values()) {
    if (!isHeldBack(member) && member.deadlineMs < earliest) earliest = member.deadlineMs;
  }
  for (const deadlineMs of g.classic.pendingJoins.values()) {
    if (deadlineMs < earliest) earliest = deadlineMs;
  }
  watchSession(g, earliest);
}
