// How any node answers those who ask for its vote, whatever its own role.
//
// Lives on: anywhere (pure).

import { becomeFollower } from "./following.ts";
import type { MessageOf } from "./messages.ts";
import type { Effects, RaftEvent, RaftState } from "./state.ts";
import { isVoteSaved, saveVote, send, speaksForVoter } from "./state.ts";

type Received = Extract<RaftEvent, { event: "received" }>;
type VoteRequest = MessageOf<"preVoteRequest" | "voteRequest">;

/** Whoever knows of a leader would not vote for another: one that is cut off disturbs nobody. */
export function answerPreVote(
  state: RaftState,
  event: Received,
  request: VoteRequest,
  effects: Effects,
): void {
  const granted =
    state.role.name !== "leader" && state.leaderId === null && mayWin(state, event, request);
  send(state, event.from, { kind: "preVoteReply", term: state.term, granted }, effects);
}

export function answerVote(
  state: RaftState,
  event: Received,
  request: VoteRequest,
  effects: Effects,
): void {
  const { from } = event;
  const free = state.votedFor === from || (state.votedFor === null && state.leaderId === null);
  const granted = free && mayWin(state, event, request);
  // Also when it was given before and could not be saved: the reply waits for a save that succeeds.
  if (granted && (state.votedFor === null || !isVoteSaved(state))) {
    saveVote(state, state.term, from, effects);
    // Whoever is voted for deserves the time to win.
    becomeFollower(state, effects);
  }
  send(state, from, { kind: "voteReply", term: state.term, granted }, effects);
}

export function refuseVote(
  state: RaftState,
  from: number,
  kind: VoteRequest["kind"],
  effects: Effects,
): void {
  const reply = kind === "voteRequest" ? "voteReply" : "preVoteReply";
  send(state, from, { kind: reply, term: state.term, granted: false }, effects);
}

/**
 * The later last epoch wins; with the same, the longer log (Raft 5.4.1). A voter need not know yet that
 * the candidate or it itself votes (dissertation 4.2.2); but one who has no log at all has only its
 * configuration to tell its own cluster from another.
 */
function mayWin(state: RaftState, event: Received, { lastEpoch, logEnd }: VoteRequest): boolean {
  const { log } = state;
  if (log.end === 0 && !speaksForVoter(state, event)) return false;
  if (lastEpoch !== log.lastEpoch) return lastEpoch > log.lastEpoch;
  return logEnd >= log.end;
}
