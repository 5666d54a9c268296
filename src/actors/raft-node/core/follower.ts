// The follower: votes for whoever has a log as good as its own, and stands for election when no
// leader is heard of.
//
// Lives on: anywhere (pure).

import { becomeCandidate } from "./candidate.ts";
import type { Effects, RaftEvent, RaftState } from "./state.ts";
import { isVoteSaved, saveVote, send } from "./state.ts";

/**
 * Back to following, in a term already adopted. Without others there is no leader to wait for, the
 * first time; after a term that ended in trouble a pause keeps the disk from being hammered.
 */
export function becomeFollower(state: RaftState, effects: Effects): void {
  state.role = { name: "follower" };
  const soon = state.voters.length === 1 && !state.hasStood;
  effects.push({ effect: "startElectionTimer", soon });
}

export function stepFollower(state: RaftState, event: RaftEvent, effects: Effects): void {
  switch (event.event) {
    case "electionTimeout":
      return becomeCandidate(state, effects);
    case "received": {
      const { from, message } = event;
      if (message.kind === "voteRequest") return answerVoteRequest(state, from, message, effects);
      return;
    }
    default:
      return;
  }
}

type VoteRequest = Extract<
  Extract<RaftEvent, { event: "received" }>["message"],
  { kind: "voteRequest" }
>;

function answerVoteRequest(
  state: RaftState,
  from: number,
  request: VoteRequest,
  effects: Effects,
): void {
  const free = state.votedFor === null || state.votedFor === from;
  const granted = free && isLogAsGood(state, request);
  // Also when it was given before and could not be saved: the reply waits for a save that succeeds.
  if (granted && (state.votedFor === null || !isVoteSaved(state))) {
    saveVote(state, state.term, from, effects);
    // Whoever is voted for deserves the time to win.
    effects.push({ effect: "startElectionTimer", soon: false });
  }
  send(state, from, { kind: "voteReply", term: state.term, granted }, effects);
}

/** The later last epoch wins; with the same, the longer log (Raft 5.4.1). */
function isLogAsGood(state: RaftState, { lastEpoch, logEnd }: VoteRequest): boolean {
  if (lastEpoch !== state.lastEpoch) return lastEpoch > state.lastEpoch;
  return logEnd >= state.logEnd;
}
