// One step of a Raft voter: what holds in every role, and then the role's own step.
//
// Lives on: anywhere (pure).

import { assert, unreachable } from "../../../base/assert.ts";
import { stepCandidate } from "./candidate.ts";
import { becomeFollower, stepFollower } from "./follower.ts";
import { resign, stepLeader } from "./leader.ts";
import type { Durable, RaftEffect, RaftEvent, RaftState } from "./state.ts";
import { isVoteSaved, saveVote, send, sendUnsent, startingState } from "./state.ts";

export function startRaft(durable: Durable): { state: RaftState; effects: RaftEffect[] } {
  assert(durable.voters.includes(durable.nodeId), "a voter is one of the voters");
  const state = startingState(durable);
  const effects: RaftEffect[] = [];
  becomeFollower(state, effects);
  return { state, effects };
}

export function stepRaft(state: RaftState, event: RaftEvent): RaftEffect[] {
  const effects: RaftEffect[] = [];
  if (beforeTheRole(state, event, effects)) stepRole(state, event, effects);
  return effects;
}

/** False when the event is dealt with, or of no meaning any more. */
function beforeTheRole(state: RaftState, event: RaftEvent, effects: RaftEffect[]): boolean {
  switch (event.event) {
    case "voteSaved":
      state.savesDone = Math.max(state.savesDone, event.save);
      if (isVoteSaved(state)) sendUnsent(state, effects);
      return true;
    case "voteNotSaved":
      // The term was never told of; a later attempt takes a later one.
      if (event.save === state.saves && state.role.name !== "leader") {
        state.unsent = [];
        becomeFollower(state, effects);
      }
      return false;
    case "appendFailed":
      state.generation += 1;
      state.logEnd = event.end;
      state.lastEpoch = event.lastEpoch;
      if (state.role.name === "leader") {
        resign(state, state.role, effects);
        becomeFollower(state, effects);
      }
      return false;
    case "received":
      return receive(state, event, effects);
    case "proposed":
      if (state.role.name === "leader") return true;
      effects.push({ effect: "answer", proposal: event.proposal, lastOffset: null });
      return false;
    default:
      return true;
  }
}

/** Later terms are adopted, earlier ones refused (Raft 5.1). */
function receive(
  state: RaftState,
  { from, message }: Extract<RaftEvent, { event: "received" }>,
  effects: RaftEffect[],
): boolean {
  if (!state.voters.includes(from)) return false;
  if (message.term > state.term) {
    if (state.role.name === "leader") resign(state, state.role, effects);
    saveVote(state, message.term, null, effects);
    becomeFollower(state, effects);
    return true;
  }
  if (message.term === state.term) return true;
  if (message.kind === "voteRequest") {
    send(state, from, { kind: "voteReply", term: state.term, granted: false }, effects);
  }
  return false;
}

function stepRole(state: RaftState, event: RaftEvent, effects: RaftEffect[]): void {
  const { role } = state;
  switch (role.name) {
    case "follower":
      return stepFollower(state, event, effects);
    case "candidate":
      return stepCandidate(state, role, event, effects);
    case "leader":
      return stepLeader(state, role, event, effects);
    default:
      return unreachable(role);
  }
}
