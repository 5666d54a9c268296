// What the leader knows of each node that it sends the log to, and the next message to it. One append
// with entries is under way at a time; what gathers meanwhile makes the next. Heartbeats go beside it
// and bring back what got lost.
//
// Lives on: anywhere (pure).

import type { LogPlace } from "./log.ts";
import type { MessageOf } from "./messages.ts";
import type { Effects, Leader, RaftState } from "./state.ts";
import { send, votersOf } from "./state.ts";
import type { Voter } from "./voters.ts";
import { isVoter } from "./voters.ts";

/** Heartbeats after which entries that nobody confirmed are sent once more. */
const RESEND_AFTER = 3;

export type Progress = {
  /** The disk it says it has; with another it is a different node. */
  directoryId: string | null;
  /** The next entry to send. The logs agree before it, or are hoped to. */
  next: number;
  /** `next` was settled when this was the latest round: refusals up to it are of another place. */
  nextSince: number;
  /** It has the log on disk up to here, and it is the leader's log. */
  durable: number;
  /** Heartbeats since entries or a chunk were sent that nobody has confirmed yet; null: none are. */
  awaiting: number | null;
  ackedRound: number;
  /** The latest commit it was told of. */
  toldCommit: number;
  /** Heard of since the quorum was checked last. */
  isHeard: boolean;
  silentChecks: number;
  /** It would like to vote. */
  joins: boolean;
  endpoints: Voter["endpoints"];
  snapshot: { readonly place: LogPlace; position: number } | null;
};

export function newProgress(next: number, directoryId: string | null = null): Progress {
  return {
    directoryId,
    next,
    nextSince: 0,
    durable: 0,
    awaiting: null,
    ackedRound: 0,
    toldCommit: 0,
    isHeard: false,
    silentChecks: 0,
    joins: false,
    endpoints: [],
    snapshot: null,
  };
}

/** Of a voter only; a disk that is not the voter's has no say. */
export function sayOf(
  state: RaftState,
  role: Leader,
  nodeId: number,
  valueOf: (progress: Progress) => number,
): number {
  const progress = role.progress.get(nodeId);
  if (progress === undefined) return 0;
  return isVoter(votersOf(state), nodeId, progress.directoryId) ? valueOf(progress) : 0;
}

// ------------------------------------------------------------------ sending

/** Entries if there are any it may be sent now; else what is news to it; else, when `always`, a heartbeat. */
export function sendNext(
  state: RaftState,
  role: Leader,
  to: number,
  always: boolean,
  effects: Effects,
): void {
  const progress = role.progress.get(to)!;
  const prevEpoch = state.log.epochBefore(progress.next);
  if (prevEpoch === undefined) return sendSnapshot(state, role, to, progress, effects);
  progress.snapshot = null;
  const hasEntries = progress.awaiting === null && progress.next < state.log.end;
  const hasNews = progress.awaiting === null && progress.toldCommit < state.highWatermark;
  if (!hasEntries && !hasNews && !always) return;
  progress.toldCommit = state.highWatermark;
  role.round += 1;
  const message = {
    kind: "append",
    term: state.term,
    round: role.round,
    from: progress.next,
    prevEpoch,
    commitEnd: state.highWatermark,
    batches: [],
  } as const;
  if (!hasEntries) return send(state, to, message, effects);
  progress.awaiting = 0;
  effects.push({ effect: "sendEntries", to, message, end: state.log.end });
}

export function sendToAll(state: RaftState, role: Leader, always: boolean, effects: Effects): void {
  for (const to of role.progress.keys()) sendNext(state, role, to, always, effects);
}

function sendSnapshot(
  state: RaftState,
  role: Leader,
  to: number,
  progress: Progress,
  effects: Effects,
): void {
  const place = state.snapshot;
  if (progress.awaiting !== null || place === null) return;
  const current = progress.snapshot;
  if (current === null || current.place.offset !== place.offset) {
    progress.snapshot = { place, position: 0 };
  }
  const { position } = progress.snapshot!;
  role.round += 1;
  progress.awaiting = 0;
  const { term } = state;
  const message = {
    kind: "snapshotChunk",
    term,
    round: role.round,
    snapshot: place,
    position,
  } as const;
  effects.push({ effect: "sendSnapshot", to, message });
}

/** On a heartbeat: what was not confirmed for long is taken for lost. */
export function countHeartbeat(progress: Progress): void {
  if (progress.awaiting === null) return;
  progress.awaiting += 1;
  if (progress.awaiting >= RESEND_AFTER) progress.awaiting = null;
}

// ------------------------------------------------------------------ replies

/** Whoever answers in this term takes this node for its leader. */
export function noteHeard(progress: Progress, directoryId: string | null, round: number): void {
  if (progress.directoryId !== directoryId) {
    // What another disk said is not true of this one.
    progress.directoryId = directoryId;
    progress.durable = 0;
    progress.ackedRound = 0;
    progress.snapshot = null;
  }
  progress.isHeard = true;
  progress.silentChecks = 0;
  progress.ackedRound = Math.max(progress.ackedRound, round);
}

export function takeReply(
  state: RaftState,
  role: Leader,
  from: number,
  reply: MessageOf<"appendReply">,
  effects: Effects,
): void {
  const progress = role.progress.get(from)!;
  const { round, accepted, end, epoch } = reply;
  // Nobody has more of a leader's log than it has itself.
  if (end > state.log.end) return;
  if (accepted) {
    progress.durable = Math.max(progress.durable, end);
    if (
      end > progress.next ||
      (progress.snapshot !== null && end >= progress.snapshot.place.offset)
    ) {
      settleNext(role, progress, Math.max(progress.next, end));
    }
    return sendNext(state, role, from, false, effects);
  }
  if (round <= progress.nextSince) return;
  // Its word of now counts: a disk that is empty again has not what it had (reliability A11).
  const agreed = state.log.agreement({ offset: end, epoch });
  const next = agreed?.offset ?? Math.max(0, state.log.start.offset - 1);
  progress.durable = Math.min(progress.durable, next);
  settleNext(role, progress, next);
  sendNext(state, role, from, true, effects);
}

function settleNext(role: Leader, progress: Progress, next: number): void {
  progress.next = next;
  progress.nextSince = role.round;
  progress.awaiting = null;
  progress.snapshot = null;
}

export function takeSnapshotReply(
  state: RaftState,
  role: Leader,
  from: number,
  { snapshot, position }: MessageOf<"snapshotReply">,
  effects: Effects,
): void {
  const progress = role.progress.get(from)!;
  const current = progress.snapshot;
  if (current === null || current.place.offset !== snapshot.offset) return;
  if (position !== current.position) progress.awaiting = null;
  current.position = position;
  sendNext(state, role, from, false, effects);
}
