// One segment of a log: a file of record batches and what is known of it. The last one of a log is
// active: it alone grows, and its indexes are always in memory (`LogSegment` of Kafka).
//
// Lives on: anywhere (pure; owned by one log).

import { LOG_SUFFIX, offsetFileName } from "./file-names.ts";
import { OFFSET_INDEX_ENTRY_BYTES, OffsetIndex, RELATIVE_OFFSET_MAX } from "./offset-index.ts";
import { TIME_INDEX_ENTRY_BYTES, TimeIndex } from "./time-index.ts";

export type SegmentIndexes = { readonly offsets: OffsetIndex; readonly times: TimeIndex };

export class Segment {
  readonly directory: string;
  readonly baseOffset: number;
  sizeBytes: number;

  /** Always there for the active segment; for others only while they are being built. */
  indexes: SegmentIndexes | undefined;
  /** How many entries the index files have if they tell of all there is; -1 when they may not. */
  entriesOnDisk = -1;
  private bytesSinceEntry = 0;

  /** A write that failed has been cut off its end, and nothing has been written there since. */
  isCutBack = false;

  /** Readers that are building the indexes, and will write them to the index files. */
  rebuilders = 0;
  /** Compaction has put another in its place: what its name now stands for is not what it was. */
  isReplaced = false;
  private swapSuffixNow = "";
  /** Made once: it is looked up with every batch. */
  private logPath: string | undefined;

  /** -1 when no record has a timestamp; undefined when it has not been looked up. */
  maxTimestamp: number | undefined;
  /** The last offset of the batch that has it. */
  private maxTimestampOffset: number;
  /** The first batch's largest timestamp: from then on `segment.ms` counts. */
  firstTimestamp: number | undefined;
  /** By the wall clock, for records without timestamps. */
  createdMs: number;
  lastAppendedMs: number;

  /** Bytes from here up to there have been written or checked by this process. */
  trustedFrom: number;
  trustedTo: number;
  /** Bytes known to be on disk. */
  syncedBytes: number;

  constructor(directory: string, baseOffset: number, sizeBytes: number, nowMs: number) {
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.sizeBytes = sizeBytes;
    this.maxTimestampOffset = baseOffset;
    this.createdMs = nowMs;
    this.lastAppendedMs = nowMs;
    this.trustedFrom = sizeBytes;
    this.trustedTo = sizeBytes;
    this.syncedBytes = sizeBytes;
  }

  /** What the name of the log file ends with beside `.log`, while compaction puts it in its place. */
  get swapSuffix(): string {
    return this.swapSuffixNow;
  }

  set swapSuffix(suffix: string) {
    this.swapSuffixNow = suffix;
    this.logPath = undefined;
  }

  path(suffix: string): string {
    if (suffix !== LOG_SUFFIX) return this.pathOf(suffix);
    return (this.logPath ??= this.pathOf(LOG_SUFFIX) + this.swapSuffixNow);
  }

  private pathOf(suffix: string): string {
    return `${this.directory}/${offsetFileName(this.baseOffset, suffix)}`;
  }

  /** Starts with empty indexes, as a segment that nothing has been written to. */
  startIndexes(): SegmentIndexes {
    this.indexes = {
      offsets: new OffsetIndex(this.baseOffset),
      times: new TimeIndex(this.baseOffset),
    };
    this.bytesSinceEntry = 0;
    this.maxTimestamp = -1;
    this.maxTimestampOffset = this.baseOffset;
    this.firstTimestamp = undefined;
    return this.indexes;
  }

  /** Takes indexes that tell of the first bytes of the segment; the rest is told by `indexBatch`. */
  takeIndexes(indexes: SegmentIndexes): void {
    this.indexes = indexes;
    this.bytesSinceEntry = 0;
    this.maxTimestamp = indexes.times.lastTimestamp;
    this.maxTimestampOffset = indexes.times.lastOffset;
  }

  /** A batch stands at `position`: the next in order. */
  indexBatch(
    position: number,
    sizeBytes: number,
    lastOffset: number,
    maxTimestamp: number,
    intervalBytes: number,
  ): void {
    if (position === 0) this.firstTimestamp = maxTimestamp;
    if (this.maxTimestamp === undefined || maxTimestamp > this.maxTimestamp) {
      this.maxTimestamp = maxTimestamp;
      this.maxTimestampOffset = lastOffset;
    }
    if (this.bytesSinceEntry > intervalBytes && this.indexes !== undefined) {
      this.indexes.offsets.append(lastOffset, position);
      this.indexes.times.append(this.maxTimestamp, this.maxTimestampOffset);
      this.bytesSinceEntry = 0;
    }
    this.bytesSinceEntry += sizeBytes;
  }

  /** Before the index files are written: the largest timestamp must be in them. */
  sealTimes(): void {
    if (this.maxTimestamp === undefined) return;
    this.indexes?.times.append(this.maxTimestamp, this.maxTimestampOffset);
  }

  /** Whether the batch would not fit any more, or the segment's time is over. */
  isFullFor(lastOffset: number, sizeBytes: number, limits: SegmentLimits): boolean {
    if (lastOffset - this.baseOffset > RELATIVE_OFFSET_MAX) return true;
    if (this.sizeBytes === 0) return false;
    if (this.sizeBytes > limits.segmentBytes - sizeBytes) return true;
    if (this.indexes === undefined) return false;
    const { offsets, times } = this.indexes;
    return (
      offsets.size >= Math.floor(limits.segmentIndexBytes / OFFSET_INDEX_ENTRY_BYTES) ||
      // The largest timestamp of all must still find a place when the segment is closed.
      times.size >= Math.floor(limits.segmentIndexBytes / TIME_INDEX_ENTRY_BYTES) - 1
    );
  }

  /** How long the segment has waited to be rolled, seen by a batch of `timestamp`. */
  ageMs(timestamp: number, nowMs: number): number {
    const first = this.firstTimestamp ?? -1;
    return first >= 0 ? timestamp - first : nowMs - this.createdMs;
  }

  /** Bytes `[from, to)` have been checked. Only one stretch is remembered. */
  trust(from: number, to: number): void {
    if (from <= this.trustedTo && to >= this.trustedFrom) {
      this.trustedFrom = Math.min(this.trustedFrom, from);
      this.trustedTo = Math.max(this.trustedTo, to);
    } else if (to - from > this.trustedTo - this.trustedFrom) {
      this.trustedFrom = from;
      this.trustedTo = to;
    }
  }

  isTrusted(from: number, to: number): boolean {
    return from >= this.trustedFrom && to <= this.trustedTo;
  }
}

export type SegmentLimits = { readonly segmentBytes: number; readonly segmentIndexBytes: number };
