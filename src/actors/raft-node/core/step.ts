// One step of a Raft node: what holds in every role, and then the role's own step.
//
// Lives on: anywhere (pure).

import { unreachable } from "../../../base/assert.ts";
import { stepCandidate, stepProspective } from "./candidate.ts";
import { stepFollower } from "./follower.ts";
import { becomeFollower } from "./following.ts";
import { resign, resignOpenly, stepLeader } from "./leader.ts";
import { becomeSnapshot } from "./snapshot-receiver.ts";
import type { Durable, Effects, RaftEffect, RaftEvent, RaftState } from "./state.ts";
import { isVoteSaved, saveVote, send, sendUnsent, startingState } from "./state.ts";
import { answerPreVote, answerVote, refuseVote } from "./votes.ts";

/** One node's state, and the one way in which it moves. */
export class RaftSteps {
  readonly state: RaftState;

  constructor(state: RaftState) {
    this.state = state;
  }

  take(event: RaftEvent): readonly RaftEffect[] {
    return stepRaft(this.state, event);
  }
}

export function startRaft(durable: Durable): { state: RaftState; effects: RaftEffect[] } {
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
function beforeTheRole(state: RaftState, event: RaftEvent, effects: Effects): boolean {
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
    case "synced":
      if (event.generation !== state.generation) return false;
      state.durableEnd = Math.max(state.durableEnd, event.end);
      return true;
    case "appendFailed":
      appendFailed(state, event.end, effects);
      return false;
    case "snapshotTaken":
      state.snapshot = event.snapshot;
      state.log.trimTo(event.logStart);
      state.voterHistory.trimTo(event.logStart.offset);
      return false;
    case "snapshotInstalled":
      becomeSnapshot(state, event, effects);
      return false;
    case "snapshotNotInstalled":
      state.installing = null;
      return false;
    case "received":
      return receive(state, event, effects);
    case "peerFound":
      state.found.add(event.peer);
      return true;
    case "peerLost":
      state.found.delete(event.peer);
      return true;
    default:
      return mayBeAnswered(state, event, effects);
  }
}

/** Only a leader has answers. */
function mayBeAnswered({ role }: RaftState, event: RaftEvent, effects: Effects): boolean {
  if (role.name === "leader") return true;
  if (event.event === "proposed") {
    effects.push({ effect: "answer", proposal: event.proposal, lastOffset: null });
  } else if (event.event === "read") {
    effects.push({ effect: "answerRead", read: event.read, end: null });
  } else if (event.event === "changeVoters") {
    effects.push({ effect: "answerChange", change: event.change, result: "notLeading" });
  }
  return true;
}

function appendFailed(state: RaftState, end: number, effects: Effects): void {
  state.generation += 1;
  state.log.truncateTo(end);
  state.voterHistory.truncateTo(end);
  state.durableEnd = Math.min(state.durableEnd, end);
  const { role } = state;
  if (role.name === "follower") role.matched = Math.min(role.matched, end);
  if (role.name !== "leader") return;
  resignOpenly(state, role, effects);
  becomeFollower(state, effects);
}

/** Later terms are adopted, earlier ones refused (Raft 5.1). */
function receive(
  state: RaftState,
  event: Extract<RaftEvent, { event: "received" }>,
  effects: Effects,
): boolean {
  const { from, message } = event;
  if (from === state.nodeId) return false;
  if (message.term > state.term) {
    if (state.role.name === "leader") resign(state, state.role, effects);
    saveVote(state, message.term, null, effects);
    becomeFollower(state, effects);
  }
  const isLate = message.term < state.term;
  switch (message.kind) {
    case "preVoteRequest":
    case "voteRequest":
      if (isLate) refuseVote(state, from, message.kind, effects);
      else if (message.kind === "voteRequest") answerVote(state, event, message, effects);
      else answerPreVote(state, event, message, effects);
      return state.role.name === "leader";
    case "append":
    case "snapshotChunk": {
      const { term } = state;
      const { round } = message;
      const refusal = {
        kind: "appendReply",
        term,
        round,
        accepted: false,
        end: 0,
        epoch: 0,
      } as const;
      if (isLate) send(state, from, refusal, effects);
      else if (state.role.name === "prospective" || state.role.name === "candidate") {
        becomeFollower(state, effects);
      }
      return !isLate;
    }
    case "observe":
      // Whoever has not heard of the term is to hear of it.
      return true;
    default:
      return !isLate;
  }
}

function stepRole(state: RaftState, event: RaftEvent, effects: Effects): void {
  const { role } = state;
  switch (role.name) {
    case "follower":
      return stepFollower(state, role, event, effects);
    case "prospective":
      return stepProspective(state, role, event, effects);
    case "candidate":
      return stepCandidate(state, role, event, effects);
    case "leader":
      return stepLeader(state, role, event, effects);
    default:
      return unreachable(role);
  }
}
