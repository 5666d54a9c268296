// Reads that no deposed leader answers: ReadIndex (Raft dissertation 6.4). What was committed when the
// read came is what it rests on, once a majority has answered a message that was sent after it. No
// clock has a say in it: with leases two leaders can overlap.
//
// Lives on: anywhere (pure).

import { sayOf, sendToAll } from "./progress.ts";
import type { Effects, Leader, RaftState } from "./state.ts";
import { isVoterItself, votersOf } from "./state.ts";
import { reachedByMajority } from "./voters.ts";

const READS_MAX = 10_000;

export function startRead(
  state: RaftState,
  role: Leader,
  { read, term }: { readonly read: number; readonly term: number },
  effects: Effects,
): void {
  if (term !== state.term || role.reads.length >= READS_MAX) {
    effects.push({ effect: "answerRead", read, end: null });
    return;
  }
  role.reads.push({ read, end: -1, round: 0 });
  if (role.announced) beginRound(state, role, effects);
}

/** Before an entry of its own term is committed a leader does not know what is (Raft 8). */
export function beginRound(state: RaftState, role: Leader, effects: Effects): void {
  const waiting = role.reads.filter(({ end }) => end < 0);
  if (waiting.length === 0) return;
  // Every message has a later round than this one.
  const round = role.round + 1;
  for (const read of waiting) {
    read.end = state.highWatermark;
    read.round = round;
  }
  sendToAll(state, role, true, effects);
  answerReads(state, role, effects);
}

export function answerReads(state: RaftState, role: Leader, effects: Effects): void {
  if (role.reads.length === 0) return;
  const own = isVoterItself(state) ? Infinity : 0;
  const acked = reachedByMajority(votersOf(state), (nodeId) =>
    nodeId === state.nodeId ? own : sayOf(state, role, nodeId, (each) => each.ackedRound),
  );
  while (role.reads[0] !== undefined && role.reads[0].end >= 0 && role.reads[0].round <= acked) {
    const { read, end } = role.reads.shift()!;
    effects.push({ effect: "answerRead", read, end });
  }
}
