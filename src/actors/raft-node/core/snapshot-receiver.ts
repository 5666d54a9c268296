// A snapshot that comes from the leader, in chunks, because the log this node would need is gone. When
// it is whole it takes the place of the log; the voters that it carries take the place of those known.
//
// Lives on: anywhere (pure).

import type { LogPlace } from "./log.ts";
import type { MessageOf } from "./messages.ts";
import { commitKnown, replyAccepted } from "./following.ts";
import type { Effects, Follower, RaftEvent, RaftState } from "./state.ts";
import { send } from "./state.ts";

type SnapshotChunk = MessageOf<"snapshotChunk">;

function isSame(a: LogPlace, b: LogPlace): boolean {
  return a.offset === b.offset && a.epoch === b.epoch;
}

export function stepSnapshotChunk(
  state: RaftState,
  role: Follower,
  from: number,
  message: SnapshotChunk,
  effects: Effects,
): void {
  const { snapshot, position, bytes, isLast } = message;
  const { installing } = state;
  if (installing?.isWhole === true) {
    if (isSame(installing.snapshot, snapshot))
      reply(state, from, message, installing.received, effects);
    return;
  }
  // All that it holds is in the log, or was: it may replace nothing that others count on.
  const known = Math.min(state.highWatermark, state.log.end);
  if (snapshot.offset <= known || state.log.has(snapshot)) {
    state.installing = null;
    role.matched = Math.max(role.matched, Math.min(snapshot.offset, state.log.end));
    role.commitEnd = Math.max(role.commitEnd, snapshot.offset);
    commitKnown(state, role, effects);
    return replyAccepted(state, role, from, effects);
  }
  if (installing === null || !isSame(installing.snapshot, snapshot)) {
    if (position !== 0) return reply(state, from, message, 0, effects);
    state.installing = { snapshot, received: 0, isWhole: false };
  }
  const coming = state.installing!;
  const isNext = position === coming.received && (bytes.length > 0 || isLast);
  if (isNext) {
    coming.received += bytes.length;
    coming.isWhole = isLast;
    effects.push({ effect: "keepChunk", snapshot, position, bytes });
    if (isLast) effects.push({ effect: "installSnapshot", snapshot });
  }
  // The last one is answered when all of it is in place.
  if (!coming.isWhole) reply(state, from, message, coming.received, effects);
}

function reply(
  state: RaftState,
  to: number,
  { round, snapshot }: SnapshotChunk,
  position: number,
  effects: Effects,
): void {
  const { term } = state;
  send(state, to, { kind: "snapshotReply", term, round, snapshot, position }, effects);
}

/** The disk has it: the log is empty and begins where the snapshot ends. */
export function becomeSnapshot(
  state: RaftState,
  { snapshot, voters }: Extract<RaftEvent, { event: "snapshotInstalled" }>,
  effects: Effects,
): void {
  state.installing = null;
  state.snapshot = snapshot;
  state.log.beginAt(snapshot);
  // One without voters was made before any were in the log: those of the configuration hold.
  state.voterHistory.beginWith(voters ?? state.voterHistory.before(0));
  state.generation += 1;
  state.durableEnd = snapshot.offset;
  state.highWatermark = Math.max(state.highWatermark, snapshot.offset);
  const { role, leaderId } = state;
  if (role.name !== "follower") return;
  role.matched = snapshot.offset;
  if (leaderId !== null) replyAccepted(state, role, leaderId, effects);
}
