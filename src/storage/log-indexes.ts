// Getting at the indexes of a segment: from memory, from the cache, from the index files, or, when
// these are missing or no use, from the segment itself.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { attempt, disk } from "../runtime/routine.ts";
import {
  batchSizeOf,
  lastOffsetOf,
  latestTimestampOf,
  recordsAt,
} from "../protocol/record-batch.ts";
import { walkBatches } from "./batch-scan.ts";
import { readSmallFile, writeDerivedFile } from "./disk-steps.ts";
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX } from "./file-names.ts";
import type { LogState } from "./log-state.ts";
import { decodeOffsetIndex } from "./offset-index.ts";
import type { SegmentIndexes } from "./segment.ts";
import { Segment } from "./segment.ts";
import { decodeTimeIndex } from "./time-index.ts";

/** Kafka's own limit is `segment.index.bytes`, an int of 10 MiB by default; files may be of any time. */
const INDEX_FILE_BYTES_MAX = 64 * 1024 * 1024;

export function* indexesOf(state: LogState, segment: Segment): Routine<SegmentIndexes> {
  const inMemory = segment.indexes ?? state.indexCache.get(segment.path(LOG_SUFFIX));
  if (inMemory !== undefined) return inMemory;
  const onDisk = yield* readIndexes(segment);
  const indexes =
    onDisk !== null && (yield* isRightFor(segment, onDisk))
      ? onDisk
      : yield* rebuildIndexes(state, segment);
  // Compaction has been here meanwhile: whoever asked finds out and asks again.
  if (segment.isReplaced) return indexes;
  state.indexCache.put(segment.path(LOG_SUFFIX), indexes);
  segment.maxTimestamp ??= indexes.times.lastTimestamp;
  return indexes;
}

/** Null when either file is missing or cannot be right. */
export function* readIndexes(segment: Segment): Routine<SegmentIndexes | null> {
  const offsetBytes = yield* readSmallFile(segment.path(OFFSET_INDEX_SUFFIX), INDEX_FILE_BYTES_MAX);
  const timeBytes = yield* readSmallFile(segment.path(TIME_INDEX_SUFFIX), INDEX_FILE_BYTES_MAX);
  if (offsetBytes === null || timeBytes === null) return null;
  const offsets = decodeOffsetIndex(segment.baseOffset, offsetBytes, segment.sizeBytes);
  const times = decodeTimeIndex(segment.baseOffset, timeBytes);
  return offsets === null || times === null ? null : { offsets, times };
}

/**
 * An index may be well formed and still of another file. One look at the batch that its last entry
 * points at tells. A segment that has bytes has a largest timestamp, so its time index has an entry,
 * unless no record has a timestamp; then looking at the segment itself costs little in the long run.
 */
function* isRightFor(segment: Segment, { offsets, times }: SegmentIndexes): Routine<boolean> {
  if (segment.sizeBytes > 0 && times.size === 0) return false;
  if (offsets.size === 0) return true;
  const last = offsets.size - 1;
  return yield* isEntryRight(segment, offsets.positionAt(last), offsets.offsetAt(last));
}

function* isEntryRight(segment: Segment, position: number, lastOffset: number): Routine<boolean> {
  const path = segment.path(LOG_SUFFIX);
  const header = yield* disk("read", { path, position, length: recordsAt });
  return header.length === recordsAt && lastOffsetOf(header) === lastOffset;
}

/** Reads the headers of the whole segment, on the near and on the far side of damaged places. */
function* rebuildIndexes(state: LogState, segment: Segment): Routine<SegmentIndexes> {
  const { directory, baseOffset, sizeBytes: to } = segment;
  // Apart from the segment, whose indexes others may ask for meanwhile.
  const draft = new Segment(directory, baseOffset, to, segment.createdMs);
  const indexes = draft.startIndexes();
  yield* walkBatches(draft, 0, state.boundsOf(segment), (bytes, at, position) => {
    const { indexIntervalBytes } = state.settings;
    const lastOffset = lastOffsetOf(bytes, at);
    const maxTimestamp = latestTimestampOf(bytes, at);
    draft.indexBatch(
      position,
      batchSizeOf(bytes, at),
      lastOffset,
      maxTimestamp,
      indexIntervalBytes,
    );
  });
  draft.sealTimes();
  if (segment.isReplaced) return indexes;
  segment.maxTimestamp = draft.maxTimestamp;
  segment.entriesOnDisk = -1;
  segment.rebuilders += 1;
  // What cannot be written is kept in memory: a full disk must not stop reads.
  yield* attempt(writeIndexes(segment, indexes));
  segment.rebuilders -= 1;
  return indexes;
}

/** Writes both index files if they have grown since they were written last. */
export function* writeIndexes(segment: Segment, { offsets, times }: SegmentIndexes): Routine<void> {
  const entries = offsets.size + times.size;
  if (segment.entriesOnDisk === entries) return;
  segment.entriesOnDisk = -1;
  yield* writeDerivedFile(segment.path(OFFSET_INDEX_SUFFIX), offsets.encode());
  yield* writeDerivedFile(segment.path(TIME_INDEX_SUFFIX), times.encode());
  segment.entriesOnDisk = entries;
}
