// What several roles need of the follower: how to become one, what it commits, how it says yes.
//
// Lives on: anywhere (pure).

import type { Effects, Follower, RaftState } from "./state.ts";
import { isAlone, send } from "./state.ts";

/**
 * Back to following, in a term already adopted. Without others there is no leader to wait for, the
 * first time; after a term that ended in trouble a pause keeps the disk from being hammered.
 */
export function becomeFollower(state: RaftState, effects: Effects): void {
  const matched = Math.min(state.highWatermark, state.log.end);
  state.role = { name: "follower", matched, commitEnd: 0, round: 0 };
  const wait = isAlone(state) && !state.hasStood ? "none" : "full";
  effects.push({ effect: "startElectionTimer", wait });
}

/** A follower commits what it has on disk itself, so a power cut never takes it back. */
export function commitKnown(state: RaftState, role: Follower, effects: Effects): void {
  const end = Math.min(role.commitEnd, role.matched, state.durableEnd);
  if (end <= state.highWatermark) return;
  state.highWatermark = end;
  effects.push({ effect: "commit", end });
}

export function replyAccepted(
  state: RaftState,
  { matched, round }: Follower,
  to: number,
  effects: Effects,
): void {
  const end = Math.min(matched, state.durableEnd);
  const { term } = state;
  send(state, to, { kind: "appendReply", term, round, accepted: true, end, epoch: 0 }, effects);
}
