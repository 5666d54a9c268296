// How dirty a compacted log is: which of its segments compaction has not looked at and may look at
// now, and whether that is worth while (`LogCleanerManager` and `LogToClean` of Kafka). The active
// segment is never looked at.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { disk } from "../runtime/routine.ts";
import { maxTimestampOf, recordsAt } from "../protocol/record-batch.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import { indexesOf } from "./log-indexes.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";

/** `TopicSettings` of the configuration fits. */
export type CompactionSettings = {
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly deleteRetentionMs: number;
};

export type Cleanable = {
  readonly firstDirtyOffset: number;
  /** Where the first segment begins that must not be looked at yet. */
  readonly endOffset: number;
  /** Dirty bytes by all bytes up to `endOffset`; 0 when there is nothing to look at. */
  readonly dirtyRatio: number;
  /** By the topic's settings. */
  readonly isDue: boolean;
};

/** `end`: everything below is visible and on disk. */
export function* cleanableOf(
  state: LogState,
  settings: CompactionSettings,
  end: number,
  nowMs: number,
): Routine<Cleanable> {
  const firstDirtyOffset = Math.max(state.firstDirtyOffset, state.logStartOffset);
  const segments = state.segments.slice(0, -1);
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let endOffset = state.segments[0]!.baseOffset;
  let oldestMs = Infinity;
  for (const [index, segment] of segments.entries()) {
    const segmentEnd = segments[index + 1]?.baseOffset ?? state.active.baseOffset;
    if (segmentEnd > end) break;
    if (segmentEnd <= firstDirtyOffset) cleanBytes += segment.sizeBytes;
    else {
      if (yield* isTooYoung(state, segment, settings, nowMs)) break;
      dirtyBytes += segment.sizeBytes;
      if (settings.maxCompactionLagMs < Number.MAX_SAFE_INTEGER) {
        oldestMs = Math.min(oldestMs, yield* firstTimestampOf(segment));
      }
    }
    endOffset = segmentEnd;
  }
  const dirtyRatio = dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes);
  const isOverdue = nowMs - oldestMs > settings.maxCompactionLagMs;
  const isDue = dirtyBytes > 0 && (isOverdue || dirtyRatio > settings.minCleanableDirtyRatio);
  return { firstDirtyOffset, endOffset, dirtyRatio, isDue };
}

/** `min.compaction.lag.ms`: by the latest of its records, or by when it was written to last. */
function* isTooYoung(
  state: LogState,
  segment: Segment,
  { minCompactionLagMs }: CompactionSettings,
  nowMs: number,
): Routine<boolean> {
  if (minCompactionLagMs <= 0) return false;
  if (segment.maxTimestamp === undefined) yield* indexesOf(state, segment);
  const { maxTimestamp = -1 } = segment;
  const latestMs = maxTimestamp >= 0 ? maxTimestamp : segment.lastAppendedMs;
  return latestMs > nowMs - minCompactionLagMs;
}

/** Of the first batch; `Infinity` when that has none. */
function* firstTimestampOf(segment: Segment): Routine<number> {
  if (segment.firstTimestamp === undefined) {
    const path = segment.path(LOG_SUFFIX);
    const header = yield* disk("read", { path, position: 0, length: recordsAt });
    segment.firstTimestamp = header.length < recordsAt ? -1 : maxTimestampOf(header);
  }
  return segment.firstTimestamp > 0 ? segment.firstTimestamp : Infinity;
}
