// Finding records by time (KIP-79, KIP-734): the segment by its largest timestamp, the batch by the
// time index, the record by looking into the batch. Batches of topics with LogAppendTime have one
// timestamp for all their records.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { need } from "../base/outcome.ts";
import { attempt, disk } from "../runtime/routine.ts";
import {
  batchSizeOf,
  lastOffsetOf,
  leaderEpochOf,
  latestTimestampOf,
  maxTimestampOf,
  recordsOf,
} from "../protocol/record-batch.ts";
import { walkBatches } from "./batch-scan.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import { indexesOf } from "./log-indexes.ts";
import type { LogState } from "./log-state.ts";
import type { OffsetAtTime } from "./log-types.ts";
import type { Segment } from "./segment.ts";

/** Compaction moves a log's batches seldom; a look-up that it disturbs so often has met a bug. */
const ATTEMPTS_MAX = 8;

/** The first record not older than `timestamp`, if it lies below `end`. */
export function findTimestamp(
  state: LogState,
  timestamp: number,
  end: number,
): Routine<OffsetAtTime | null> {
  return undisturbed(state, () => firstNotBefore(state, timestamp, end));
}

/** The first of the records with the largest timestamp, if it lies below `end`. */
export function findMaxTimestamp(state: LogState, end: number): Routine<OffsetAtTime | null> {
  return undisturbed(state, () => firstOfLatest(state, end));
}

/** Looks again when compaction has moved what was looked at. */
function* undisturbed<T>(state: LogState, look: () => Routine<T>): Routine<T> {
  for (let attempts = 1; ; attempts++) {
    const { layout } = state;
    const found = yield* attempt(look());
    if (layout === state.layout || attempts === ATTEMPTS_MAX) return need(found);
  }
}

function* firstNotBefore(
  state: LogState,
  timestamp: number,
  end: number,
): Routine<OffsetAtTime | null> {
  // Retention may take segments away meanwhile; those seen here are the ones there were.
  for (const segment of [...state.segments]) {
    if (segment.baseOffset >= end) break;
    if ((yield* maxTimestampIn(state, segment)) < timestamp) continue;
    const found = yield* findInSegment(state, segment, timestamp);
    if (found !== null) return found.offset < end ? found : null;
  }
  return null;
}

function* firstOfLatest(state: LogState, end: number): Routine<OffsetAtTime | null> {
  let latest: Segment | undefined;
  let timestamp = -1;
  for (const segment of [...state.segments]) {
    if (segment.baseOffset >= end) break;
    const isCut = segment.baseOffset < state.logStartOffset;
    const inSegment = isCut
      ? yield* maxTimestampFromStart(state, segment)
      : yield* maxTimestampIn(state, segment);
    if (inSegment <= timestamp) continue;
    timestamp = inSegment;
    latest = segment;
  }
  if (latest === undefined) return null;
  const found = yield* findInSegment(state, latest, timestamp);
  return found !== null && found.offset < end ? found : null;
}

function* maxTimestampIn(state: LogState, segment: Segment): Routine<number> {
  if (segment.maxTimestamp === undefined) yield* indexesOf(state, segment);
  return segment.maxTimestamp ?? -1;
}

/** Of the records that have not been deleted: what the index says may be of one that has. */
function* maxTimestampFromStart(state: LogState, segment: Segment): Routine<number> {
  const { logStartOffset } = state;
  const { offsets } = yield* indexesOf(state, segment);
  const from = offsets.positionBefore(logStartOffset);
  let largest = -1;
  yield* walkBatches(segment, from, state.boundsOf(segment), (bytes, at) => {
    if (lastOffsetOf(bytes, at) < logStartOffset) return;
    largest = Math.max(largest, latestTimestampOf(bytes, at));
  });
  return largest;
}

function* findInSegment(
  state: LogState,
  segment: Segment,
  timestamp: number,
): Routine<OffsetAtTime | null> {
  const { logStartOffset } = state;
  const { offsets, times } = yield* indexesOf(state, segment);
  const path = segment.path(LOG_SUFFIX);
  let position = offsets.positionBefore(Math.max(times.offsetBefore(timestamp), logStartOffset));
  for (;;) {
    let batch = { position: -1, size: 0 };
    const visit = (bytes: Uint8Array, at: number, batchPosition: number): "stop" | void => {
      const isEarlier = lastOffsetOf(bytes, at) < logStartOffset;
      if (isEarlier || maxTimestampOf(bytes, at) < timestamp) return;
      batch = { position: batchPosition, size: batchSizeOf(bytes, at) };
      return "stop";
    };
    yield* walkBatches(segment, position, state.boundsOf(segment), visit);
    if (batch.position < 0) return null;
    const bytes = yield* disk("read", { path, position: batch.position, length: batch.size });
    for (const record of recordsOf(bytes)) {
      if (record.timestamp < timestamp || record.offset < logStartOffset) continue;
      const { offset, timestamp: found } = record;
      return { offset, timestamp: found, leaderEpoch: leaderEpochOf(bytes) };
    }
    position = batch.position + batch.size;
  }
}
