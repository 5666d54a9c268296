// On the way to lead. The prospective leader asks whether a majority would vote for it; only then does
// it become a candidate, which gives itself its vote in a new term and gathers those of the others. So
// one that is cut off neither raises terms nor deposes a leader that the others still hear.
//
// Lives on: anywhere (pure).

import { becomeLeader } from "./leader.ts";
import type { Candidate, Effects, Prospective, RaftEvent, RaftState } from "./state.ts";
import {
  isVoterItself,
  isVoteSaved,
  otherVoters,
  saveVote,
  send,
  speaksForVoter,
  votersOf,
} from "./state.ts";
import { majorityOf } from "./voters.ts";

export function becomeProspective(state: RaftState, effects: Effects): void {
  state.leaderId = null;
  state.role = { name: "prospective", granted: new Set([state.nodeId]) };
  if (isGrantedByMajority(state, state.role)) return becomeCandidate(state, effects);
  askForVotes(state, "preVoteRequest", effects);
}

export function becomeCandidate(state: RaftState, effects: Effects): void {
  state.role = { name: "candidate", granted: new Set() };
  state.hasStood = true;
  saveVote(state, state.term + 1, state.nodeId, effects);
  askForVotes(state, "voteRequest", effects);
}

function askForVotes(
  state: RaftState,
  kind: "preVoteRequest" | "voteRequest",
  effects: Effects,
): void {
  const { term, log } = state;
  for (const voter of otherVoters(state)) {
    send(state, voter, { kind, term, lastEpoch: log.lastEpoch, logEnd: log.end }, effects);
  }
  effects.push({ effect: "startElectionTimer", wait: "full" });
}

export function stepProspective(
  state: RaftState,
  role: Prospective,
  event: RaftEvent,
  effects: Effects,
): void {
  if (event.event === "electionTimeout") return becomeProspective(state, effects);
  if (event.event === "peerFound") {
    // It has not heard the question yet.
    effects.push({ effect: "startElectionTimer", wait: "short" });
    return;
  }
  if (event.event !== "received" || event.message.kind !== "preVoteReply") return;
  if (!event.message.granted || !speaksForVoter(state, event)) return;
  role.granted.add(event.from);
  if (isGrantedByMajority(state, role)) becomeCandidate(state, effects);
}

export function stepCandidate(
  state: RaftState,
  role: Candidate,
  event: RaftEvent,
  effects: Effects,
): void {
  switch (event.event) {
    case "electionTimeout":
      return becomeProspective(state, effects);
    case "voteSaved":
      // A vote counts once it cannot be forgotten, the own one like any other.
      if (isVoteSaved(state)) count(state, role, state.nodeId, effects);
      return;
    case "received":
      if (event.message.kind !== "voteReply" || !event.message.granted) return;
      if (speaksForVoter(state, event)) count(state, role, event.from, effects);
      return;
    default:
      return;
  }
}

function count(state: RaftState, role: Candidate, voter: number, effects: Effects): void {
  role.granted.add(voter);
  // Without its own vote on disk a restart could give the same term's vote to another.
  if (!role.granted.has(state.nodeId)) return;
  if (isGrantedByMajority(state, role)) becomeLeader(state, role, effects);
}

/** Oneself need not be a voter any more. */
function isGrantedByMajority(state: RaftState, { granted }: Prospective | Candidate): boolean {
  const voters = votersOf(state);
  const isOwn = isVoterItself(state);
  const count = voters.filter(
    ({ nodeId }) => granted.has(nodeId) && (isOwn || nodeId !== state.nodeId),
  ).length;
  return count >= majorityOf(voters);
}
