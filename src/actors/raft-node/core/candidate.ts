// The candidate: has given itself its vote in a new term and gathers those of the others.
//
// Lives on: anywhere (pure).

import { becomeLeader } from "./leader.ts";
import type { Candidate, Effects, RaftEvent, RaftState } from "./state.ts";
import { isVoteSaved, majorityOf, saveVote, send } from "./state.ts";

export function becomeCandidate(state: RaftState, effects: Effects): void {
  state.role = { name: "candidate", granted: new Set() };
  state.hasStood = true;
  saveVote(state, state.term + 1, state.nodeId, effects);
  const { term, lastEpoch, logEnd } = state;
  for (const voter of state.voters) {
    if (voter === state.nodeId) continue;
    send(state, voter, { kind: "voteRequest", term, lastEpoch, logEnd }, effects);
  }
  effects.push({ effect: "startElectionTimer", soon: false });
}

export function stepCandidate(
  state: RaftState,
  role: Candidate,
  event: RaftEvent,
  effects: Effects,
): void {
  switch (event.event) {
    case "electionTimeout":
      return becomeCandidate(state, effects);
    case "voteSaved":
      // A vote counts once it cannot be forgotten, the own one like any other.
      if (isVoteSaved(state)) count(state, role, state.nodeId, effects);
      return;
    case "received": {
      const { from, message } = event;
      if (message.kind === "voteReply") {
        if (message.granted) count(state, role, from, effects);
        return;
      }
      return send(state, from, { kind: "voteReply", term: state.term, granted: false }, effects);
    }
    default:
      return;
  }
}

function count(state: RaftState, role: Candidate, voter: number, effects: Effects): void {
  if (!state.voters.includes(voter)) return;
  role.granted.add(voter);
  // Without its own vote on disk a restart could give the same term's vote to another.
  if (!role.granted.has(state.nodeId)) return;
  if (role.granted.size >= majorityOf(state.voters)) becomeLeader(state, role, effects);
}
