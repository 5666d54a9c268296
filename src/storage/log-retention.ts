// Removing the oldest segments of a log by size, by age and below the log's start, by Kafka's rules
// (`UnifiedLog.deleteOldSegments`): whole segments only, never past the high watermark, the active one
// only when a new one has been begun.
//
// Files are renamed first and unlinked after `file.delete.delay.ms`, so that readers which are at them
// may end.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { disk, tryDisk } from "../runtime/routine.ts";
import { need } from "../base/outcome.ts";
import { unlinkIfThere } from "./disk-steps.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import { roll } from "./log-append.ts";
import { indexesOf } from "./log-indexes.ts";
import { forgetSnapshots } from "./log-producers.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";

/** Removes what is due; says how many segments that were. */
export function* applyRetention(
  state: LogState,
  nowMs: number,
  highWatermark: number,
): Routine<number> {
  let removed = yield* removeBelowStart(state, nowMs);
  if (!state.settings.cleanupPolicy.includes("delete")) return removed;
  removed += yield* removeOldest(state, yield* countTooOld(state, nowMs, highWatermark), nowMs);
  removed += yield* removeOldest(state, countTooMuch(state, highWatermark), nowMs);
  return removed;
}

/** Segments that end at or below the log's start. */
export function* removeBelowStart(state: LogState, nowMs: number): Routine<number> {
  let count = 0;
  while (count + 1 < state.segments.length && state.endOf(count) <= state.logStartOffset)
    count += 1;
  return yield* removeOldest(state, count, nowMs);
}

/** The leading segments whose latest record is older than `retention.ms`. */
function* countTooOld(state: LogState, nowMs: number, highWatermark: number): Routine<number> {
  const { retentionMs } = state.settings;
  if (retentionMs < 0) return 0;
  let count = 0;
  while (mayGo(state, count, highWatermark)) {
    const segment = state.segments[count]!;
    const latest = yield* latestTimeOf(state, segment);
    if (nowMs - latest <= retentionMs) break;
    count += 1;
  }
  return count;
}

/** The leading segments without which the log is still as large as `retention.bytes` allows. */
function countTooMuch(state: LogState, highWatermark: number): number {
  const { retentionBytes } = state.settings;
  if (retentionBytes < 0) return 0;
  let surplus = state.sizeBytes - retentionBytes;
  let count = 0;
  while (mayGo(state, count, highWatermark)) {
    surplus -= state.segments[count]!.sizeBytes;
    if (surplus < 0) break;
    count += 1;
  }
  return count;
}

/** An active segment that is empty stays: another would take its place at once. */
function mayGo(state: LogState, index: number, highWatermark: number): boolean {
  const segment = state.segments[index];
  if (segment === undefined || state.endOf(index) > highWatermark) return false;
  return segment !== state.active || segment.sizeBytes > 0;
}

/** The largest record timestamp, or when it was written to if its records have none. */
function* latestTimeOf(state: LogState, segment: Segment): Routine<number> {
  if (segment.maxTimestamp === undefined) yield* indexesOf(state, segment);
  const { maxTimestamp = -1 } = segment;
  return maxTimestamp >= 0 ? maxTimestamp : segment.lastAppendedMs;
}

/**
 * Oldest first, and each name on disk before the next goes: a crash leaves a log that starts a little
 * earlier, never one with a hole.
 */
function* removeOldest(state: LogState, count: number, nowMs: number): Routine<number> {
  if (count === 0) return 0;
  if (count === state.segments.length) yield* roll(state, state.logEndOffset, nowMs);
  for (let done = 0; done < count; done++) {
    const segment = state.segments[0]!;
    state.segments = state.segments.slice(1);
    state.removals += 1;
    state.logStartOffset = Math.max(state.logStartOffset, state.segments[0]!.baseOffset);
    state.forget(segment);
    state.damaged = state.damaged.filter((range) => range.path !== segment.path(LOG_SUFFIX));
    yield* setAside(state, segment, nowMs);
    yield* disk("syncDirectory", { path: state.directory });
  }
  state.epochs.truncateFromStart(state.logStartOffset);
  // Such a snapshot tells of records that are no more; the newest one is kept whatever it tells of.
  const newest = state.snapshots.at(-1) ?? 0;
  const { logStartOffset } = state;
  yield* forgetSnapshots(state, (offset) => offset < logStartOffset && offset !== newest);
  return count;
}

/** Renames its files, to be unlinked later. */
export function* setAside(state: LogState, segment: Segment, nowMs: number): Routine<void> {
  const dueMs = nowMs + state.settings.fileDeleteDelayMs;
  for (const from of state.filesOf(segment)) {
    const to = state.deletedName(from);
    const renamed = yield* tryDisk("rename", { from, to });
    if (renamed.ok) state.setAside.push({ path: to, dueMs });
    else if (renamed.fault !== "ENOENT") need(renamed);
  }
}

/** Unlinks files whose delay is over. Says how many. */
export function* unlinkDue(state: LogState, nowMs: number): Routine<number> {
  const due = state.setAside.filter(({ dueMs }) => dueMs <= nowMs);
  if (due.length === 0) return 0;
  state.setAside = state.setAside.filter(({ dueMs }) => dueMs > nowMs);
  for (const { path } of due) yield* unlinkIfThere(path);
  return due.length;
}
