// The leader: appends what is proposed, sends it to the others, and knows when it is committed. It
// leads on only while a majority answers.
//
// It may write and send before its own disk has synced, but counts itself only for what is synced;
// else one power cut could undo what a majority was said to have.
//
// Lives on: anywhere (pure).

import { becomeFollower } from "./following.ts";
import {
  advanceChange,
  answerChange,
  countHeartbeatOfChange,
  durableOf,
  endChange,
  letJoin,
  pinDirectories,
  startChange,
} from "./membership.ts";
import { newProgress, noteHeard, sayOf, sendNext, sendToAll } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { countHeartbeat, takeReply, takeSnapshotReply } from "./progress.ts";
import { answerReads, beginRound, startRead } from "./reads.ts";
import type { Candidate, Effects, Leader, RaftEvent, RaftState } from "./state.ts";
import { HEARTBEATS_PER_TIMEOUT, isVoterItself, otherVoters, send, votersOf } from "./state.ts";
import { isVoter, majorityOf, reachedByMajority } from "./voters.ts";

/** Observers that say nothing for so many election timeouts are sent nothing more. */
const SILENT_CHECKS_MAX = 5;
const OBSERVERS_MAX = 1000;

export function becomeLeader(state: RaftState, { granted }: Candidate, effects: Effects): void {
  const termStart = state.log.end;
  state.log.append(termStart, termStart + 1, state.term);
  const role: Leader = {
    name: "leader",
    termStart,
    progress: new Map(otherVoters(state).map((voter) => [voter, newProgress(termStart)])),
    pending: [],
    reads: [],
    round: 0,
    heartbeats: 0,
    transfer: null,
    change: null,
    announced: false,
  };
  state.role = role;
  state.leaderId = state.nodeId;
  effects.push({ effect: "stopElectionTimer" });
  effects.push({
    effect: "appendLeaderChange",
    at: termStart,
    epoch: state.term,
    granting: [...granted].sort((a, b) => a - b),
  });
  if (role.progress.size > 0) effects.push({ effect: "startHeartbeatTimer" });
  sendToAll(state, role, true, effects);
}

export function stepLeader(
  state: RaftState,
  role: Leader,
  event: RaftEvent,
  effects: Effects,
): void {
  switch (event.event) {
    case "proposed":
      return propose(state, role, event, effects);
    case "synced":
      return commitReached(state, role, effects);
    case "heartbeatDue":
      return beat(state, role, effects);
    case "received":
      return receive(state, role, event, effects);
    case "read":
      return startRead(state, role, event, effects);
    case "transfer":
      return startTransfer(state, role, event.to, effects);
    case "changeVoters":
      return startChange(state, role, event.change, event.wish, effects);
    default:
      return;
  }
}

function propose(
  state: RaftState,
  role: Leader,
  { proposal, term, recordCount }: Extract<RaftEvent, { event: "proposed" }>,
  effects: Effects,
): void {
  // Who makes way for another takes nothing more on.
  if (term !== state.term || recordCount === 0 || role.transfer !== null) {
    effects.push({ effect: "answer", proposal, lastOffset: null });
    return;
  }
  const at = state.log.end;
  state.log.append(at, at + recordCount, state.term);
  role.pending.push({ proposal, lastOffset: state.log.end - 1 });
  effects.push({ effect: "appendProposal", at, epoch: state.term, proposal });
  sendToAll(state, role, false, effects);
}

// ------------------------------------------------------------------ what others say

function receive(
  state: RaftState,
  role: Leader,
  event: Extract<RaftEvent, { event: "received" }>,
  effects: Effects,
): void {
  const { from, directoryId, message } = event;
  if (message.kind === "observe") return takeObserver(state, role, event, message, effects);
  if (message.kind === "preVoteRequest" && !role.progress.has(from)) {
    // It votes no more and has not heard of it, nor will it unless it is sent the log.
    return takeObserver(state, role, event, { joins: false, endpoints: [] }, effects);
  }
  if (message.kind !== "appendReply" && message.kind !== "snapshotReply") return;
  const progress = role.progress.get(from);
  if (progress === undefined) return;
  noteHeard(progress, directoryId, message.round);
  if (message.kind === "snapshotReply") takeSnapshotReply(state, role, from, message, effects);
  else takeReply(state, role, from, message, effects);
  commitReached(state, role, effects);
  if (state.role !== role) return;
  answerReads(state, role, effects);
  advanceTransfer(state, role, effects);
  advanceChange(state, role, effects);
  pinDirectories(state, role, effects);
  letJoin(state, role, from, effects);
}

function takeObserver(
  state: RaftState,
  role: Leader,
  { from, directoryId }: Extract<RaftEvent, { event: "received" }>,
  { joins, endpoints }: Pick<Progress, "joins" | "endpoints">,
  effects: Effects,
): void {
  let progress = role.progress.get(from);
  if (progress === undefined) {
    if (role.progress.size >= OBSERVERS_MAX) return;
    progress = newProgress(state.log.end, directoryId);
    if (role.progress.size === 0) effects.push({ effect: "startHeartbeatTimer" });
    role.progress.set(from, progress);
  }
  noteHeard(progress, directoryId, 0);
  progress.joins = joins;
  progress.endpoints = endpoints;
  sendNext(state, role, from, true, effects);
}

// ------------------------------------------------------------------ commit

/** Tells what a majority has on disk now and did not have before. */
function commitReached(state: RaftState, role: Leader, effects: Effects): void {
  const voters = votersOf(state);
  const onMajority = reachedByMajority(voters, (nodeId) => durableOf(state, role, nodeId));
  // Entries of earlier terms commit by an entry of this one after them, never by count (Raft 5.4.2).
  if (onMajority <= role.termStart || onMajority <= state.highWatermark) return;
  state.highWatermark = onMajority;
  effects.push({ effect: "commit", end: onMajority });
  if (!role.announced) {
    role.announced = true;
    effects.push({ effect: "lead", term: state.term });
  }
  while (role.pending[0] !== undefined && role.pending[0].lastOffset < onMajority) {
    const { proposal, lastOffset } = role.pending.shift()!;
    effects.push({ effect: "answer", proposal, lastOffset });
  }
  answerChange(state, role, effects);
  if (!isVoterItself(state) && state.voterHistory.latest.offset < onMajority) {
    // Voted out: it has led until that was committed, and no longer (dissertation 4.2.2).
    return retire(state, role, effects);
  }
  sendToAll(state, role, false, effects);
  beginRound(state, role, effects);
}

// ------------------------------------------------------------------ heartbeats

function beat(state: RaftState, role: Leader, effects: Effects): void {
  role.heartbeats += 1;
  countHeartbeatOfChange(role, effects);
  if (role.heartbeats % HEARTBEATS_PER_TIMEOUT === 0 && !isQuorumThere(state, role)) {
    // It may be the one that is cut off: whoever asks is better told nothing (dissertation 6.2).
    resign(state, role, effects);
    return becomeFollower(state, effects);
  }
  const { transfer } = role;
  if (transfer !== null && role.heartbeats - transfer.since > HEARTBEATS_PER_TIMEOUT) {
    // Proposals have been refused in the meantime: who was told so need not be told otherwise.
    resignOpenly(state, role, effects);
    return becomeFollower(state, effects);
  }
  for (const progress of role.progress.values()) countHeartbeat(progress);
  sendToAll(state, role, true, effects);
  if (role.progress.size > 0) effects.push({ effect: "startHeartbeatTimer" });
}

function isQuorumThere(state: RaftState, role: Leader): boolean {
  const voters = votersOf(state);
  const heard = voters.filter(({ nodeId }) => {
    if (nodeId === state.nodeId) return isVoterItself(state);
    return sayOf(state, role, nodeId, ({ isHeard }) => Number(isHeard)) > 0;
  });
  for (const [nodeId, progress] of role.progress) {
    progress.silentChecks = progress.isHeard ? 0 : progress.silentChecks + 1;
    progress.isHeard = false;
    const isObserver = !voters.some((voter) => voter.nodeId === nodeId);
    if (isObserver && progress.silentChecks > SILENT_CHECKS_MAX) role.progress.delete(nodeId);
  }
  return heard.length >= majorityOf(voters);
}

// ------------------------------------------------------------------ the end of a term

function startTransfer(state: RaftState, role: Leader, to: number | null, effects: Effects): void {
  const successor = to ?? bestSuccessor(state, role);
  if (successor === undefined || role.transfer !== null) return;
  if (!otherVoters(state).includes(successor)) return;
  role.transfer = { to: successor, since: role.heartbeats, told: false };
  advanceTransfer(state, role, effects);
}

function bestSuccessor(state: RaftState, role: Leader): number | undefined {
  const durable = (nodeId: number): number => durableOf(state, role, nodeId);
  return [...otherVoters(state)].sort((a, b) => durable(b) - durable(a))[0];
}

/** Only whoever has the whole log can win. */
function advanceTransfer(state: RaftState, role: Leader, effects: Effects): void {
  const { transfer } = role;
  if (transfer === null || transfer.told) return;
  if (durableOf(state, role, transfer.to) < state.log.end) return;
  transfer.told = true;
  send(state, transfer.to, { kind: "timeoutNow", term: state.term }, effects);
}

function retire(state: RaftState, role: Leader, effects: Effects): void {
  sendToAll(state, role, true, effects);
  const successor = bestSuccessor(state, role);
  if (successor !== undefined)
    send(state, successor, { kind: "timeoutNow", term: state.term }, effects);
  resign(state, role, effects);
  becomeFollower(state, effects);
}

/** What was proposed and not committed may still be, in a later term; nobody here will know. */
export function resign(state: RaftState, role: Leader, effects: Effects): void {
  for (const { proposal } of role.pending) {
    effects.push({ effect: "answer", proposal, lastOffset: null });
  }
  for (const { read } of role.reads) effects.push({ effect: "answerRead", read, end: null });
  endChange(role, "notLeading", effects);
  if (role.announced) effects.push({ effect: "leadNoMore", term: state.term });
  if (role.progress.size > 0) effects.push({ effect: "stopHeartbeatTimer" });
  state.leaderId = null;
}

/** Nobody need wait for a leader that cannot go on. */
export function resignOpenly(state: RaftState, role: Leader, effects: Effects): void {
  for (const [to, { directoryId }] of role.progress) {
    if (!isVoter(votersOf(state), to, directoryId)) continue;
    send(state, to, { kind: "resigned", term: state.term }, effects);
  }
  resign(state, role, effects);
}
