// Reading the end of a log after a stop that may not have been clean, and deciding what it is worth.
// Batches are checked one by one from where all is known to be on disk. At the first that is not in
// order there are two cases:
//
//   torn     It lies at or behind the recovery point, and nothing whole follows, or what is there
//            looks like a write that never reached the disk: it was never promised to anyone. The
//            log is cut before it, the bytes are counted.
//   damaged  It lies below the recovery point, or whole batches follow it, or it is the last one and
//            whole but for a few bytes: what was on disk has gone bad. The bytes are kept and never
//            served; the log goes on behind them.
//
// Lives on: anywhere (over the Disk port; part of log-open.ts).

import type { Routine } from "../runtime/routine.ts";
import { attempt, disk } from "../runtime/routine.ts";
import {
  lastOffsetDeltaOf,
  latestTimestampOf,
  recordCountOf,
  recordsAt,
} from "../protocol/record-batch.ts";
import { batchInfoAt } from "./batch-info.ts";
import { findBatch, scanBatches } from "./batch-scan.ts";
import { unlinkIfThere } from "./disk-steps.ts";
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  SEGMENT_SUFFIXES,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import { LeaderEpochCache } from "./leader-epochs.ts";
import { writeIndexes } from "./log-indexes.ts";
import type { LogState } from "./log-state.ts";
import type { DamagedRange } from "./log-types.ts";
import { looksRotten, looksUnwritten } from "./lost-write.ts";
import { Segment } from "./segment.ts";

/** How much of a damaged place is looked at to tell a lost write from anything else. */
const LOOK_BYTES_MAX = 1024 * 1024;

export type ScanStart = {
  /** Of `state.segments`. */
  readonly index: number;
  readonly position: number;
  /** The offset of the first record there; no batch from there on may begin below it. */
  readonly offset: number;
};

export type RecoveryOptions = {
  /** Everything below was synced, as far as the checkpoint knows. */
  readonly recoveryPoint: number;
  readonly cleanStart: boolean;
  readonly nowMs: number;
};

export class Recovery {
  scannedBytes = 0;
  tornBytes = 0;
  tornSegments = 0;
  readonly damaged: DamagedRange[] = [];
  readonly rebuiltFiles: string[];
  /** A batch is of an earlier epoch than the checkpoint says: the checkpoint is of another log. */
  epochsContradicted = false;
  /** The offset after the last batch, so far. */
  nextOffset = 0;

  private readonly state: LogState;
  private readonly options: RecoveryOptions;
  /** What the checkpoint says, also of batches that are read again. */
  private readonly knownEpochs: LeaderEpochCache;
  private epoch = -1;

  /** `state.epochs` are those of the checkpoint. */
  constructor(state: LogState, options: RecoveryOptions, rebuiltFiles: string[]) {
    this.state = state;
    this.rebuiltFiles = rebuiltFiles;
    this.options = options;
    this.knownEpochs = new LeaderEpochCache(state.epochs.entries);
  }

  /** Walks to the end of the log. The last segment is then fit to be appended to. */
  *run(start: ScanStart): Routine<void> {
    const { segments } = this.state;
    this.nextOffset = start.offset;
    for (let index = start.index; index < segments.length; index++) {
      const segment = segments[index]!;
      const isFirst = index === start.index;
      if (!isFirst && this.isTailLost(segment)) {
        yield* this.cut(index - 1, segments[index - 1]!.sizeBytes);
        break;
      }
      this.nextOffset = Math.max(this.nextOffset, segment.baseOffset);
      const isCut = yield* this.walk(index, isFirst ? start.position : 0);
      if (isCut) break;
    }
    yield* this.closeScanned(start.index);
  }

  /** The segment before ends too early, and nothing says that its end was on disk. */
  private isTailLost(segment: Segment): boolean {
    const { recoveryPoint } = this.options;
    const compacts = this.state.settings.cleanupPolicy.includes("compact");
    return segment.baseOffset > this.nextOffset && this.nextOffset >= recoveryPoint && !compacts;
  }

  /** One segment, over damaged places if need be. True when the log has been cut in it. */
  private *walk(index: number, from: number): Routine<boolean> {
    const segment = this.state.segments[index]!;
    if (from === 0) segment.startIndexes();
    if (!this.options.cleanStart) {
      segment.syncedBytes = from;
      segment.entriesOnDisk = -1;
    }
    let position = from;
    while (position < segment.sizeBytes) {
      const bad = yield* this.scan(segment, position);
      if (bad >= segment.sizeBytes) return false;
      const next = yield* findBatch({
        path: segment.path(LOG_SUFFIX),
        from: bad + 1,
        to: segment.sizeBytes,
        leastOffset: this.nextOffset,
        leastEpoch: this.epoch,
      });
      if (yield* this.isTorn(index, bad, next !== null)) {
        yield* this.cut(index, bad);
        return true;
      }
      yield* this.noteDamage(index, bad, next);
      if (next === null) return false;
      position = next.position;
    }
    return false;
  }

  /** Where the first batch stands that is not in order. */
  private *scan(segment: Segment, from: number): Routine<number> {
    const { state } = this;
    const settledEnd = this.options.cleanStart ? Infinity : this.options.recoveryPoint;
    const scan = {
      path: segment.path(LOG_SUFFIX),
      from,
      to: segment.sizeBytes,
      leastOffset: this.nextOffset,
      leastEpoch: this.epoch,
      bounds: { ...state.boundsOf(segment), epochs: this.knownEpochs, settledEnd },
      checkCrc: true,
    };
    const result = yield* scanBatches(scan, (bytes, at, position) => {
      const info = batchInfoAt(bytes, at);
      const { sizeBytes, lastOffset, leaderEpoch } = info;
      const maxTimestamp = latestTimestampOf(bytes, at);
      const { indexIntervalBytes } = state.settings;
      segment.indexBatch(position, sizeBytes, lastOffset, maxTimestamp, indexIntervalBytes);
      if (leaderEpoch > state.epochs.latestEpoch) state.epochs.assign(leaderEpoch, info.baseOffset);
      else if (leaderEpoch < state.epochs.latestEpoch) this.epochsContradicted = true;
      if (info.baseOffset >= state.producers.endOffset) {
        state.producers.update(info, this.options.nowMs);
      }
    });
    if (!this.options.cleanStart) this.scannedBytes += result.position - from;
    segment.trust(from, result.position);
    this.nextOffset = result.nextOffset;
    this.epoch = result.epoch;
    return result.position;
  }

  /** `batchFollows`: in the same segment. */
  private *isTorn(index: number, position: number, batchFollows: boolean): Routine<boolean> {
    const { recoveryPoint, cleanStart } = this.options;
    // After a clean stop every byte had been synced: there are no torn writes.
    if (cleanStart || this.nextOffset < recoveryPoint) return false;
    const isLast = !batchFollows && !(yield* this.batchFollowsIn(index + 1));
    const segment = this.state.segments[index]!;
    const length = Math.min(LOOK_BYTES_MAX, segment.sizeBytes - position);
    const path = segment.path(LOG_SUFFIX);
    const bytes = yield* disk("read", { path, position, length });
    const isFileEnd = !batchFollows && position + length === segment.sizeBytes;
    const suspect = { bytes, position, baseOffset: this.nextOffset, isFileEnd };
    return isLast ? !looksRotten(suspect) : looksUnwritten(suspect);
  }

  private *batchFollowsIn(firstIndex: number): Routine<boolean> {
    for (const segment of this.state.segments.slice(firstIndex)) {
      const found = yield* findBatch({
        path: segment.path(LOG_SUFFIX),
        from: 0,
        to: segment.sizeBytes,
        leastOffset: this.nextOffset,
        leastEpoch: this.epoch,
      });
      if (found !== null) return true;
    }
    return false;
  }

  private *noteDamage(
    index: number,
    position: number,
    next: { position: number; baseOffset: number } | null,
  ): Routine<void> {
    const { state } = this;
    const segment = state.segments[index]!;
    const behind = next?.baseOffset ?? state.segments[index + 1]?.baseOffset;
    const toOffset = behind ?? (yield* this.knownEnd(segment, position));
    const range: DamagedRange = {
      fromOffset: this.nextOffset,
      toOffset,
      path: segment.path(LOG_SUFFIX),
      fromPosition: position,
      toPosition: next?.position ?? segment.sizeBytes,
      reason: "no whole batch where one was written",
    };
    this.damaged.push(range);
    this.nextOffset = toOffset;
    if (next === null && index === state.segments.length - 1) yield* this.startBehind(toOffset);
  }

  /** An offset that nothing which was lost can have reached: none must be given out twice. */
  private *knownEnd(segment: Segment, position: number): Routine<number> {
    const { recoveryPoint, cleanStart } = this.options;
    const lastSnapshot = cleanStart ? (this.state.snapshots.at(-1) ?? 0) : 0;
    const path = segment.path(LOG_SUFFIX);
    const header = yield* disk("read", { path, position, length: recordsAt });
    const isThere = header.length === recordsAt;
    // Either of the two may have gone bad; leaving offsets out does no harm.
    const records = isThere ? Math.max(1, recordCountOf(header), lastOffsetDeltaOf(header) + 1) : 1;
    return Math.max(recoveryPoint, lastSnapshot, this.nextOffset + records);
  }

  /** Bytes that may not be touched are at the end of the last segment: what comes goes into another. */
  private *startBehind(offset: number): Routine<void> {
    const { state } = this;
    const segment = new Segment(state.directory, offset, 0, this.options.nowMs);
    yield* disk("create", { path: segment.path(LOG_SUFFIX) });
    yield* disk("syncDirectory", { path: state.directory });
    state.segments.push(segment);
  }

  /** The log ends at `position` of this segment. What lies behind goes, the hindmost first. */
  private *cut(index: number, position: number): Routine<void> {
    const { state } = this;
    const segment = state.segments[index]!;
    const later = state.segments.slice(index + 1);
    for (const gone of later.toReversed()) {
      this.tornBytes += gone.sizeBytes;
      this.tornSegments += 1;
      for (const suffix of SEGMENT_SUFFIXES) yield* unlinkIfThere(gone.path(suffix));
    }
    // Index files may tell of what is cut off, and of what will then stand in its place.
    for (const suffix of [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]) {
      yield* unlinkIfThere(segment.path(suffix));
    }
    yield* disk("syncDirectory", { path: state.directory });
    segment.entriesOnDisk = -1;
    if (position < segment.sizeBytes) {
      this.tornBytes += segment.sizeBytes - position;
      const path = segment.path(LOG_SUFFIX);
      yield* disk("truncate", { path, size: position });
      yield* disk("datasync", { path });
      segment.sizeBytes = position;
      segment.syncedBytes = Math.min(segment.syncedBytes, position);
    }
    state.segments.length = index + 1;
  }

  /** Segments that were scanned and are not active: their indexes go to disk and to the cache. */
  private *closeScanned(firstIndex: number): Routine<void> {
    const { state } = this;
    for (const segment of state.segments.slice(firstIndex, -1)) {
      const { indexes } = segment;
      if (indexes === undefined) continue;
      segment.sealTimes();
      // What is on disk may be of a time before the last batches. A full disk must still open.
      yield* attempt(writeIndexes(segment, indexes));
      segment.indexes = undefined;
      state.indexCache.put(segment.path(LOG_SUFFIX), indexes);
    }
    if (state.active.indexes === undefined) state.active.startIndexes();
  }
}
