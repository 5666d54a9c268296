// The producer states of a log and their snapshot files: which snapshot to begin with, replaying the
// batches after it, writing new ones and removing those of no more use.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { walkBatches } from "./batch-scan.ts";
import { batchInfoAt } from "./batch-info.ts";
import { readSmallFile, unlinkIfThere, writeDerivedFile } from "./disk-steps.ts";
import type { LogState } from "./log-state.ts";
import { SNAPSHOT_BYTES_MAX } from "./producer-snapshot.ts";

/** The newest is what a start begins with; the others are there in case it is damaged. */
const SNAPSHOTS_KEPT = 3;

/**
 * Makes the states those of offset `end`: the newest usable snapshot at or below it, and the batches
 * from there on. Says which snapshots were no use.
 */
export function* loadProducers(state: LogState, end: number, nowMs: number): Routine<string[]> {
  const unusable = yield* loadSnapshot(state, end, nowMs);
  yield* replayProducers(state, end, nowMs);
  return unusable;
}

/** The newest usable snapshot at or below `atMost`; empty states from the log's start without one. */
export function* loadSnapshot(state: LogState, atMost: number, nowMs: number): Routine<string[]> {
  const unusable: string[] = [];
  for (const offset of state.snapshots.filter((each) => each <= atMost).reverse()) {
    const path = state.snapshotPath(offset);
    const bytes = yield* readSmallFile(path, SNAPSHOT_BYTES_MAX);
    if (bytes !== null && state.producers.load(bytes, offset, nowMs).ok) return unusable;
    unusable.push(path);
    yield* forgetSnapshots(state, (each) => each === offset);
  }
  state.producers.clear(Math.max(state.logStartOffset, state.segments[0]?.baseOffset ?? 0));
  return unusable;
}

/** Tells the states of the batches up to `end` that they do not know of. Headers only. */
export function* replayProducers(state: LogState, end: number, nowMs: number): Routine<void> {
  const { producers } = state;
  const from = producers.endOffset;
  for (let at = Math.max(state.segmentAt(from), 0); at < state.segments.length; at++) {
    const segment = state.segments[at]!;
    if (segment.baseOffset >= end || producers.endOffset >= end) break;
    yield* walkBatches(segment, 0, state.boundsOf(segment), (bytes, batchAt) => {
      const info = batchInfoAt(bytes, batchAt);
      if (info.lastOffset >= end) return "stop";
      if (info.baseOffset >= from) producers.update(info, nowMs);
    });
  }
  producers.skipTo(end);
}

/** Writes the states as they are, unless that has been done. Its checksum tells whether it is whole. */
export function* takeSnapshot(state: LogState): Routine<void> {
  const offset = state.producers.endOffset;
  const isEmpty = offset === state.segments[0]?.baseOffset;
  if (isEmpty || state.snapshots.at(-1) === offset) return;
  yield* forgetSnapshots(state, (each) => each >= offset);
  yield* writeDerivedFile(state.snapshotPath(offset), state.producers.snapshot());
  state.snapshots.push(offset);
  const oldest = state.snapshots.at(-SNAPSHOTS_KEPT) ?? 0;
  yield* forgetSnapshots(state, (each) => each < oldest);
}

/** Removes snapshot files. True when there were any. */
export function* forgetSnapshots(
  state: LogState,
  isForgotten: (offset: number) => boolean,
): Routine<boolean> {
  const forgotten = state.snapshots.filter(isForgotten);
  if (forgotten.length === 0) return false;
  state.snapshots = state.snapshots.filter((offset) => !isForgotten(offset));
  for (const offset of forgotten) yield* unlinkIfThere(state.snapshotPath(offset));
  return true;
}
