// Cutting a log: its end, when a leader says that what is there was never agreed on; its start, when
// records are deleted; all of it, when it is to begin elsewhere.
//
// Every step leaves a log that is an honest earlier or later state: the hindmost goes first, and what
// is derived from bytes that go is gone from disk before the bytes are.
//
// Lives on: anywhere (over the Disk port).

import { assert } from "../base/assert.ts";
import { failure, need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { disk } from "../runtime/routine.ts";
import { batchSizeOf, lastOffsetOf, latestTimestampOf } from "../protocol/record-batch.ts";
import { walkBatches } from "./batch-scan.ts";
import { unlinkIfThere } from "./disk-steps.ts";
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import { indexesOf } from "./log-indexes.ts";
import { forgetSnapshots, loadProducers } from "./log-producers.ts";
import { removeBelowStart } from "./log-retention.ts";
import type { LogState } from "./log-state.ts";
import { writeEpochs } from "./log-sync.ts";
import { Segment } from "./segment.ts";

/**
 * Removes every batch that reaches `offset` or lies behind it. The log then ends at `offset`, or
 * before it when `offset` was inside a batch.
 */
export function* truncateTo(state: LogState, offset: number, nowMs: number): Routine<void> {
  if (offset >= state.logEndOffset) return;
  const index = state.segmentAt(offset);
  if (index < 0) return yield* truncateFully(state, offset, nowMs);
  const segment = state.segments[index]!;
  const cut = yield* placeOf(state, segment, offset);
  const indexes = yield* indexesOf(state, segment);
  yield* forgetDerived(state, segment, offset);
  yield* unlinkSegments(state, index + 1);
  const path = segment.path(LOG_SUFFIX);
  yield* disk("truncate", { path, size: cut.position });
  // Before anything is written here again: half of the old and half of the new must never mix.
  yield* disk("datasync", { path });

  indexes.offsets.truncateTo(cut.nextOffset);
  indexes.times.truncateTo(cut.nextOffset);
  state.forget(segment);
  segment.takeIndexes(indexes);
  segment.sizeBytes = cut.position;
  segment.syncedBytes = cut.position;
  segment.trustedTo = Math.min(segment.trustedTo, cut.position);
  segment.trustedFrom = Math.min(segment.trustedFrom, segment.trustedTo);
  if (cut.position === 0) segment.startIndexes();
  else yield* readTimesBehindIndex(state, segment);
  yield* endAt(state, cut.nextOffset, nowMs);
}

/** The whole log goes; the next record will be that of `offset`. */
export function* truncateFully(state: LogState, offset: number, nowMs: number): Routine<void> {
  const first = state.segments[0]!;
  yield* forgetDerived(state, first, 0);
  yield* unlinkSegments(state, 1);
  const path = first.path(LOG_SUFFIX);
  if (first.baseOffset === offset) {
    yield* disk("truncate", { path, size: 0 });
    yield* disk("datasync", { path });
  } else {
    yield* disk("unlink", { path });
    yield* disk("create", {
      path: new Segment(state.directory, offset, 0, nowMs).path(LOG_SUFFIX),
    });
    yield* disk("syncDirectory", { path: state.directory });
  }
  state.forget(first);
  const segment = new Segment(state.directory, offset, 0, nowMs);
  segment.startIndexes();
  state.segments = [segment];
  state.logStartOffset = offset;
  state.epochs.clear();
  yield* endAt(state, offset, nowMs);
  state.recoveryPoint = offset;
}

/** Records below `offset` are no more. Segments that hold nothing else are set aside. */
export function* advanceLogStart(state: LogState, offset: number, nowMs: number): Routine<void> {
  if (offset <= state.logStartOffset) return;
  if (offset > state.logEndOffset) need(failure("refused", `${offset} is behind the log's end`));
  state.logStartOffset = offset;
  state.epochs.truncateFromStart(offset);
  yield* removeBelowStart(state, nowMs);
}

/** The beginning of the first batch that reaches `offset`, and the end of the one before it. */
function* placeOf(
  state: LogState,
  segment: Segment,
  offset: number,
): Routine<{ position: number; nextOffset: number }> {
  const { offsets } = yield* indexesOf(state, segment);
  // The batch that an entry names ends at the entry's offset: it stays when that lies below.
  const slot = offsets.floor(offset - 1);
  let position = slot < 0 ? 0 : offsets.positionAt(slot);
  let nextOffset = segment.baseOffset;
  yield* walkBatches(segment, position, state.boundsOf(segment), (bytes, at, batchPosition) => {
    if (lastOffsetOf(bytes, at) >= offset) return "stop";
    position = batchPosition + batchSizeOf(bytes, at);
    nextOffset = lastOffsetOf(bytes, at) + 1;
  });
  return { position, nextOffset };
}

/** Index files and snapshots that tell of what is about to go. */
function* forgetDerived(state: LogState, segment: Segment, offset: number): Routine<void> {
  for (const suffix of [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]) {
    yield* unlinkIfThere(segment.path(suffix));
  }
  segment.entriesOnDisk = -1;
  yield* forgetSnapshots(state, (each) => each > offset);
  yield* disk("syncDirectory", { path: state.directory });
  state.hints.clear();
}

/** From the end towards the start, each before the next: what is left is always a log without holes. */
function* unlinkSegments(state: LogState, firstIndex: number): Routine<void> {
  while (state.segments.length > firstIndex) {
    const segment = state.active;
    for (const path of state.filesOf(segment)) yield* unlinkIfThere(path);
    yield* disk("syncDirectory", { path: state.directory });
    state.forget(segment);
    state.segments = state.segments.slice(0, -1);
  }
}

/** What the index says of times ends at its last entry; the batches behind that are few. */
function* readTimesBehindIndex(state: LogState, segment: Segment): Routine<void> {
  const { indexes } = segment;
  assert(indexes !== undefined, "a segment that is cut has its indexes in memory");
  const last = indexes.offsets.size - 1;
  const from = last < 0 ? 0 : indexes.offsets.positionAt(last);
  yield* walkBatches(segment, from, state.boundsOf(segment), (bytes, at, position) => {
    const lastOffset = lastOffsetOf(bytes, at);
    const maxTimestamp = latestTimestampOf(bytes, at);
    const { indexIntervalBytes } = state.settings;
    segment.indexBatch(
      position,
      batchSizeOf(bytes, at),
      lastOffset,
      maxTimestamp,
      indexIntervalBytes,
    );
  });
}

function* endAt(state: LogState, offset: number, nowMs: number): Routine<void> {
  state.cuts += 1;
  state.logEndOffset = offset;
  state.firstDirtyOffset = Math.min(state.firstDirtyOffset, offset);
  state.logStartOffset = Math.min(state.logStartOffset, offset);
  state.recoveryPoint = Math.min(state.recoveryPoint, offset);
  state.damaged = state.damaged.filter((range) => range.toOffset <= offset);
  state.epochs.truncateFromEnd(offset);
  yield* loadProducers(state, offset, nowMs);
  yield* writeEpochs(state);
}
