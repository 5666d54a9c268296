// Appending to a log, and beginning a new segment when the active one is full or old enough.
//
// Nothing is visible before it is written whole: state moves only after the disk has answered, and a
// write that stopped half-way is cut off again.
//
// Lives on: anywhere (over the Disk port). Hot: `appendBatch` runs once per produced batch.

import { assert } from "../base/assert.ts";
import { fnv1a32 } from "../base/hash.ts";
import { need } from "../base/outcome.ts";
import type { Fault } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../runtime/routine.ts";
import { maxTimestampOf, recordsAt } from "../protocol/record-batch.ts";
import type { BatchInfo } from "./batch-info.ts";
import { writeAll } from "./disk-steps.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import { writeIndexes } from "./log-indexes.ts";
import { takeSnapshot } from "./log-producers.ts";
import type { LogState } from "./log-state.ts";
import type { LogSettings } from "./log-types.ts";
import { Segment } from "./segment.ts";

export type Batch = { readonly bytes: Uint8Array; readonly info: BatchInfo };

/**
 * Appends batches in order, with as few writes as segments allow. A fault leaves those of them in the
 * log that fit: `logEndOffset` tells.
 */
export function* appendBatches(
  state: LogState,
  batches: readonly Batch[],
  nowMs: number,
): Routine<void> {
  let done = 0;
  while (done < batches.length) {
    yield* rollIfFull(state, batches[done]!.info, nowMs);
    const end = endOfRun(state, batches, done);
    yield* writeRun(state, batches, done, end, nowMs);
    done = end;
  }
}

/** How many batches from `first` on go to the active segment: one at least. */
function endOfRun(state: LogState, batches: readonly Batch[], first: number): number {
  const { active, settings } = state;
  let bytes = active.sizeBytes + batches[first]!.bytes.length;
  let end = first + 1;
  while (end < batches.length && end - first < 64) {
    const { bytes: next, info } = batches[end]!;
    bytes += next.length;
    if (bytes > settings.segmentBytes) break;
    if (active.isFullFor(info.lastOffset, 0, settings)) break;
    end += 1;
  }
  return end;
}

function* writeRun(
  state: LogState,
  batches: readonly Batch[],
  first: number,
  end: number,
  nowMs: number,
): Routine<void> {
  const { active } = state;
  const chunks: Uint8Array[] = [];
  let nextOffset = state.logEndOffset;
  for (let at = first; at < end; at++) {
    const { bytes, info } = batches[at]!;
    assert(
      info.baseOffset >= nextOffset && info.sizeBytes === bytes.length,
      `batch ${info.baseOffset} of ${bytes.length} bytes does not follow ${nextOffset}`,
    );
    nextOffset = info.lastOffset + 1;
    chunks.push(bytes);
  }
  const position = active.sizeBytes;
  const written = yield* writeAll(active.path(LOG_SUFFIX), position, chunks);
  if (!written.ok) need(yield* cutBack(active, position, written));
  for (let at = first; at < end; at++) take(state, batches[at]!.info, nowMs);
  active.isCutBack = false;
  active.trust(position, active.sizeBytes);
  active.lastAppendedMs = nowMs;
}

/** The batch is in the file now. */
function take(state: LogState, info: BatchInfo, nowMs: number): void {
  const { active, settings } = state;
  const { sizeBytes, lastOffset, maxTimestamp } = info;
  active.indexBatch(
    active.sizeBytes,
    sizeBytes,
    lastOffset,
    maxTimestamp,
    settings.indexIntervalBytes,
  );
  active.sizeBytes += sizeBytes;
  active.entriesOnDisk = -1;
  state.logEndOffset = lastOffset + 1;
  if (info.leaderEpoch > state.epochs.latestEpoch) {
    state.epochs.assign(info.leaderEpoch, info.baseOffset);
  }
  state.producers.update(info, nowMs);
}

/** What reached the file of a failed write goes again. The first fault is the one that counts. */
function* cutBack(segment: Segment, sizeBytes: number, fault: Fault): Routine<Fault> {
  segment.isCutBack = true;
  const cut = yield* tryDisk("truncate", { path: segment.path(LOG_SUFFIX), size: sizeBytes });
  if (cut.ok) return fault;
  const detail = `${fault.detail}; then it could not be cut back: ${cut.fault} ${cut.detail}`;
  // A file that cannot be cut is a failing disk, whatever the first fault was.
  return { ...fault, fault: "EIO", detail };
}

function* rollIfFull(state: LogState, info: BatchInfo, nowMs: number): Routine<void> {
  const { active, settings } = state;
  if (active.sizeBytes > 0 && active.firstTimestamp === undefined)
    yield* readFirstTimestamp(active);
  const isFull =
    active.isFullFor(info.lastOffset, info.sizeBytes, settings) ||
    (active.sizeBytes > 0 && isOld(state, info.maxTimestamp, nowMs));
  if (isFull) yield* roll(state, info.baseOffset, nowMs);
}

/** Rolls when `segment.ms` has passed, also when nothing is being appended. */
export function* rollIfOld(state: LogState, nowMs: number): Routine<void> {
  const { active } = state;
  if (active.sizeBytes === 0) return;
  if (active.firstTimestamp === undefined) yield* readFirstTimestamp(active);
  if (isOld(state, nowMs, nowMs)) yield* roll(state, state.logEndOffset, nowMs);
}

/** Of a segment whose beginning this process has not seen. */
function* readFirstTimestamp(segment: Segment): Routine<void> {
  const path = segment.path(LOG_SUFFIX);
  const header = yield* disk("read", { path, position: 0, length: recordsAt });
  segment.firstTimestamp = header.length < recordsAt ? -1 : maxTimestampOf(header);
}

function isOld(state: LogState, timestamp: number, nowMs: number): boolean {
  const { active, settings } = state;
  return active.ageMs(timestamp, nowMs) > segmentMsOf(settings) - jitterMs(state, active);
}

/** `LogConfig.maxSegmentMs` of Kafka: compaction never looks at the active segment. */
function segmentMsOf({ cleanupPolicy, segmentMs, maxCompactionLagMs }: LogSettings): number {
  const compacts = cleanupPolicy.includes("compact");
  return compacts ? Math.min(segmentMs, maxCompactionLagMs ?? segmentMs) : segmentMs;
}

/** Spreads the rolls of logs that began together. The same for a segment whenever it is asked. */
function jitterMs(state: LogState, segment: Segment): number {
  const most = Math.min(state.settings.segmentJitterMs, segmentMsOf(state.settings));
  return most <= 0 ? 0 : fnv1a32(segment.path("")) % most;
}

/**
 * Begins a new segment with `baseOffset`. The old one's index files and a snapshot of the producers
 * are written for the next start; a full disk may leave them out. The new segment's name is on disk
 * before anything is written to it.
 */
export function* roll(state: LogState, baseOffset: number, nowMs: number): Routine<void> {
  const { active } = state;
  assert(baseOffset >= state.logEndOffset, `a segment of ${baseOffset} would begin in the past`);
  if (baseOffset === active.baseOffset) return;
  const { indexes } = active;
  assert(indexes !== undefined, "the active segment has no indexes");
  active.sealTimes();
  yield* attempt(writeIndexes(active, indexes));
  yield* attempt(takeSnapshot(state));
  // A power cut may bring back what was cut off. Behind a torn end nothing is believed, so no segment
  // may begin behind one; while this one goes on, the next sync covers the cut as well.
  if (active.isCutBack) yield* disk("datasync", { path: active.path(LOG_SUFFIX) });
  active.isCutBack = false;
  const next = new Segment(state.directory, baseOffset, 0, nowMs);
  next.startIndexes();
  yield* createEmpty(next.path(LOG_SUFFIX));
  yield* disk("syncDirectory", { path: state.directory });
  state.segments.push(next);
  active.indexes = undefined;
  state.indexCache.put(active.path(LOG_SUFFIX), indexes);
}

/** A roll that failed after the file was made may be tried again. */
function* createEmpty(path: string): Routine<void> {
  const created = yield* tryDisk("create", { path });
  if (!created.ok && created.fault === "EEXIST") yield* disk("truncate", { path, size: 0 });
  else need(created);
}
