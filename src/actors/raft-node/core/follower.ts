// The follower: takes in what the leader sends, says how far it has it on disk, and when no leader is
// heard of sets out to become one, or, if it does not vote, asks the voters for the log.
//
// Lives on: anywhere (pure).

import { assert } from "../../../base/assert.ts";
import { becomeCandidate, becomeProspective } from "./candidate.ts";
import type { MessageOf, RaftBatch } from "./messages.ts";
import { stepSnapshotChunk } from "./snapshot-receiver.ts";
import { commitKnown, replyAccepted } from "./following.ts";
import type { Effects, Follower, RaftEvent, RaftState } from "./state.ts";
import { mayStand, otherVoters, send, votersOf } from "./state.ts";
import { voterOf } from "./voters.ts";

export function stepFollower(
  state: RaftState,
  role: Follower,
  event: RaftEvent,
  effects: Effects,
): void {
  switch (event.event) {
    case "electionTimeout":
      return missLeader(state, effects);
    case "peerLost":
      if (event.peer === state.leaderId) loseLeader(state, effects);
      return;
    case "peerFound":
      // Whoever knows of a leader has none to look for; to ask costs nothing (pre-vote).
      if (state.leaderId === null) loseLeader(state, effects);
      return;
    case "synced":
      commitKnown(state, role, effects);
      if (state.leaderId !== null) replyAccepted(state, role, state.leaderId, effects);
      return;
    case "received":
      return receive(state, role, event, effects);
    default:
      return;
  }
}

function receive(
  state: RaftState,
  role: Follower,
  event: Extract<RaftEvent, { event: "received" }>,
  effects: Effects,
): void {
  const { from, message } = event;
  switch (message.kind) {
    case "append":
      if (hearsLeader(state, role, from, message.round, effects)) {
        takeAppend(state, role, from, message, effects);
      }
      return;
    case "snapshotChunk":
      if (hearsLeader(state, role, from, message.round, effects)) {
        stepSnapshotChunk(state, role, from, message, effects);
      }
      return;
    case "timeoutNow":
      if (from === state.leaderId && mayStand(state)) becomeCandidate(state, effects);
      return;
    case "observe":
      if (state.leaderId === null) return;
      return tellLeader(state, state.leaderId, from, effects);
    case "leaderIs":
      if (state.leaderId === null) askForLog(state, [message.leaderId], effects);
      return;
    case "resigned":
      if (from === state.leaderId) loseLeader(state, effects);
      return;
    default:
      return;
  }
}

function missLeader(state: RaftState, effects: Effects): void {
  // A log that is just being replaced is none to stand with.
  if (mayStand(state) && state.installing?.isWhole !== true) {
    return becomeProspective(state, effects);
  }
  state.leaderId = null;
  if (!mayStand(state)) {
    const voters = otherVoters(state);
    askForLog(state, voters.length > 0 ? voters : [...state.found], effects);
  }
  effects.push({ effect: "startElectionTimer", wait: "full" });
}

function tellLeader(state: RaftState, leaderId: number, to: number, effects: Effects): void {
  const { term } = state;
  const endpoints = voterOf(votersOf(state), leaderId)?.endpoints ?? [];
  send(state, to, { kind: "leaderIs", term, leaderId, endpoints }, effects);
}

function askForLog(state: RaftState, nodes: readonly number[], effects: Effects): void {
  const { term, joins, endpoints } = state;
  for (const node of nodes) {
    send(state, node, { kind: "observe", term, joins, endpoints }, effects);
  }
}

/** It need not be waited for: whoever asks may have this node's vote. */
function loseLeader(state: RaftState, effects: Effects): void {
  state.leaderId = null;
  effects.push({ effect: "startElectionTimer", wait: "short" });
}

function hearsLeader(
  state: RaftState,
  role: Follower,
  from: number,
  round: number,
  effects: Effects,
): boolean {
  // There is one leader in a term; whoever else says so is none.
  if (state.leaderId !== null && state.leaderId !== from) return false;
  state.leaderId = from;
  role.round = Math.max(role.round, round);
  effects.push({ effect: "startElectionTimer", wait: "full" });
  return true;
}

// ------------------------------------------------------------------ appends

function takeAppend(
  state: RaftState,
  role: Follower,
  from: number,
  message: MessageOf<"append">,
  effects: Effects,
): void {
  if (state.installing?.isWhole === true) return;
  const { log } = state;
  const place = { offset: message.from, epoch: message.prevEpoch };
  // What lies before the log's start is in a snapshot: committed, and so the same everywhere.
  if (place.offset >= log.start.offset && !log.has(place)) {
    const { offset: end, epoch } = log.agreement(place) ?? log.start;
    const { term } = state;
    const { round } = message;
    const reply = { kind: "appendReply", term, round, accepted: false, end, epoch } as const;
    return send(state, from, reply, effects);
  }
  state.installing = null;
  takeBatches(state, role, message, effects);
  role.commitEnd = Math.max(role.commitEnd, message.commitEnd);
  commitKnown(state, role, effects);
  replyAccepted(state, role, from, effects);
}

/**
 * Entries that are there already are left alone, with all that follows them: a message that was under
 * way for long must not cut off what came after it (Raft 5.3).
 */
function takeBatches(
  state: RaftState,
  role: Follower,
  { from, batches }: MessageOf<"append">,
  effects: Effects,
): void {
  const { log } = state;
  const fresh: RaftBatch[] = [];
  let end = from;
  let truncates = false;
  for (const batch of batches) {
    if (batch.baseOffset !== end || batch.nextOffset <= end || batch.epoch > state.term) break;
    if (fresh.length === 0 && isThere(state, batch)) {
      end = batch.nextOffset;
      continue;
    }
    if (batch.baseOffset < log.end) {
      cutBack(state, batch.baseOffset);
      truncates = true;
    }
    if (batch.epoch < log.lastEpoch) break;
    end = batch.nextOffset;
    log.append(batch.baseOffset, end, batch.epoch);
    if (batch.voters !== null) {
      state.voterHistory.append({ offset: batch.baseOffset, voters: batch.voters });
    }
    fresh.push(batch);
  }
  role.matched = Math.max(role.matched, Math.min(end, log.end));
  if (fresh.length > 0) effects.push({ effect: "appendBatches", batches: fresh, truncates });
}

function isThere({ log, highWatermark }: RaftState, { nextOffset, epoch }: RaftBatch): boolean {
  if (nextOffset > log.end) return false;
  return nextOffset <= highWatermark || log.epochBefore(nextOffset) === epoch;
}

function cutBack(state: RaftState, end: number): void {
  assert(end >= state.highWatermark, "what is committed is never cut off");
  state.log.truncateTo(end);
  state.voterHistory.truncateTo(end);
  state.generation += 1;
  state.durableEnd = Math.min(state.durableEnd, end);
}
