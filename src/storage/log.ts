// A partition's log on top of the Disk port: segments, indexes, leader epochs, producer states, in the
// directory and file formats of Kafka. This is the door; the work is done in the files beside it.
//
// One routine that changes the log may be in flight at a time: its actor keeps a lane. Reads may run
// beside it. After a fault of a changing routine other than ENOSPC the log must not be written to any
// more: what the disk then holds is not known.
//
// Lives on: anywhere (pure over the Disk port; owned by one actor).

import type { Routine } from "../runtime/routine.ts";
import type { BatchInfo } from "./batch-info.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import type { Cleanable, CompactionSettings } from "./log-cleanable.ts";
import { cleanableOf } from "./log-cleanable.ts";
import type { CompactionOptions } from "./log-compaction.ts";
import { Compaction } from "./log-compaction.ts";
import type { LeaderEpochCache } from "./leader-epochs.ts";
import type { Batch } from "./log-append.ts";
import { appendBatches, rollIfOld } from "./log-append.ts";
import { createLog, openLog } from "./log-open.ts";
import { readBatches } from "./log-read.ts";
import { applyRetention, unlinkDue } from "./log-retention.ts";
import type { LogState } from "./log-state.ts";
import {
  checkpointLog,
  recordSynced,
  removeLog,
  syncLog,
  syncSegments,
  writeEpochs,
} from "./log-sync.ts";
import { findMaxTimestamp, findTimestamp } from "./log-times.ts";
import { advanceLogStart, truncateFully, truncateTo } from "./log-truncate.ts";
import type {
  DamagedRange,
  LogOptions,
  LogSettings,
  OffsetAtTime,
  OpenOptions,
  RecoveryReport,
} from "./log-types.ts";
import type { ProducerStates } from "./producer-states.ts";

export type { BatchInfo } from "./batch-info.ts";
export type { Cleanable, CompactionSettings } from "./log-cleanable.ts";
export type { Compaction, CompactionOptions, CompactionReport } from "./log-compaction.ts";
export type { CompactionLimits } from "./compaction-chunks.ts";
export { batchInfoAt } from "./batch-info.ts";
export type { Batch } from "./log-append.ts";
export { removeLogDirectory, removeTopicDirectory } from "./log-sync.ts";
export type * from "./log-types.ts";

export class Log {
  private readonly state: LogState;

  private constructor(state: LogState) {
    this.state = state;
  }

  /** A new, empty log. The directory and its files are on disk when the routine ends. */
  static *create(options: LogOptions): Routine<Log> {
    return new Log(yield* createLog(options));
  }

  /**
   * The log in a directory, this node's or another Kafka's. After a stop that was not clean its end is
   * read and checked; `report` says what was found. Bytes above `recoveryPoint` may not be on disk.
   */
  static *open(options: OpenOptions): Routine<{ log: Log; report: RecoveryReport }> {
    const { state, report } = yield* openLog(options);
    return { log: new Log(state), report };
  }

  get directory(): string {
    return this.state.directory;
  }
  get logStartOffset(): number {
    return this.state.logStartOffset;
  }
  /** The offset the next record will get. */
  get logEndOffset(): number {
    return this.state.logEndOffset;
  }
  /** Everything below is on disk, and so is what is derived from it. For the checkpoint file. */
  get recoveryPoint(): number {
    return this.state.recoveryPoint;
  }
  /** Compaction has looked at everything below. For the checkpoint file. */
  get firstDirtyOffset(): number {
    return this.state.firstDirtyOffset;
  }
  /** Where the segment that is appended to begins. */
  get activeBaseOffset(): number {
    return this.state.active.baseOffset;
  }
  get sizeBytes(): number {
    return this.state.sizeBytes;
  }
  get segmentCount(): number {
    return this.state.segments.length;
  }
  get settings(): LogSettings {
    return this.state.settings;
  }
  get epochs(): LeaderEpochCache {
    return this.state.epochs;
  }
  get producers(): ProducerStates {
    return this.state.producers;
  }
  /** What cannot be read, as far as is known. */
  get damaged(): readonly DamagedRange[] {
    return this.state.damaged;
  }

  /** The file that is appended to: what durability has to sync. */
  activePath(): string {
    return this.state.active.path(LOG_SUFFIX);
  }

  /**
   * Appends a batch that has been validated and stamped. It may begin a new segment first. ENOSPC
   * leaves the log as it was.
   */
  append(bytes: Uint8Array, info: BatchInfo, nowMs: number): Routine<void> {
    return appendBatches(this.state, [{ bytes, info }], nowMs);
  }

  /** Several in order, with one write where they go to one segment. Those before a fault are in. */
  appendAll(batches: readonly Batch[], nowMs: number): Routine<void> {
    return appendBatches(this.state, batches, nowMs);
  }

  /**
   * Whole batches from the one that holds `offset` on, all below `end`, up to `maxBytes` or the end of
   * a segment; in an ArrayBuffer that nobody else has, unless `isShared` says so. With `wholeFirstBatch` the first comes whatever
   * its size. Empty when there is nothing yet. `refused`: the offset is not in the log. `corrupt`: the
   * batch has gone bad on disk.
   */
  read(
    offset: number,
    maxBytes: number,
    end: number,
    wholeFirstBatch: boolean,
  ): Routine<Uint8Array> {
    return readBatches(this.state, { offset, maxBytes, end, wholeFirstBatch });
  }

  /** Whether other readers may have been handed the same bytes. */
  isShared(read: Uint8Array): boolean {
    return this.state.sharedReads.isShared(read);
  }

  /** The first record below `end` that is not older than `timestamp` (KIP-79); null: there is none. */
  offsetForTimestamp(timestamp: number, end: number): Routine<OffsetAtTime | null> {
    return findTimestamp(this.state, timestamp, end);
  }

  /** The first record with the largest timestamp of all (KIP-734); null: none below `end`. */
  maxTimestamp(end: number): Routine<OffsetAtTime | null> {
    return findMaxTimestamp(this.state, end);
  }

  /** Records below `offset` are deleted. `refused` behind the log's end. */
  advanceLogStart(offset: number, nowMs: number): Routine<void> {
    return advanceLogStart(this.state, offset, nowMs);
  }

  /**
   * Removes what reaches `offset`, at once and for good. Before anything is appended again the log
   * directory's checkpoint must not tell of more than the new `recoveryPoint`.
   */
  truncateTo(offset: number, nowMs: number): Routine<void> {
    return truncateTo(this.state, offset, nowMs);
  }

  truncateFullyAndStartAt(offset: number, nowMs: number): Routine<void> {
    return truncateFully(this.state, offset, nowMs);
  }

  /** Sets old segments aside by size, age and log start. Says how many. */
  applyRetention(nowMs: number, highWatermark: number): Routine<number> {
    return applyRetention(this.state, nowMs, highWatermark);
  }

  /** What of the log compaction may look at now. `end`: everything below is visible and on disk. */
  cleanable(settings: CompactionSettings, end: number, nowMs: number): Routine<Cleanable> {
    return cleanableOf(this.state, settings, end, nowMs);
  }

  /** One at a time. */
  compaction(options: CompactionOptions): Compaction {
    return new Compaction(this.state, options);
  }

  /** When the next file that was set aside may be unlinked; null: there is none. */
  nextUnlinkMs(): number | null {
    const { setAside } = this.state;
    return setAside.length === 0 ? null : Math.min(...setAside.map(({ dueMs }) => dueMs));
  }

  /** Unlinks files that were set aside long enough ago. Says how many. */
  unlinkDue(nowMs: number): Routine<number> {
    return unlinkDue(this.state, nowMs);
  }

  /** Begins a new segment when the active one has lasted for `segment.ms`. */
  rollIfDue(nowMs: number): Routine<void> {
    return rollIfOld(this.state, nowMs);
  }

  /** Takes effect with the next append, roll or retention. */
  reconfigure(settings: LogSettings): void {
    this.state.settings = settings;
    this.state.producers.expirationMs = settings.producerIdExpirationMs;
  }

  /** Puts the leader epochs on disk if they have changed: after an epoch without records. */
  writeEpochs(): Routine<void> {
    return writeEpochs(this.state);
  }

  /** Files were synced by the caller's own means: everything below `end` is on disk. */
  recordSynced(end: number): Routine<void> {
    return recordSynced(this.state, end);
  }

  /** Every byte appended so far is on disk. The recovery point stays, and with it what the next start reads. */
  syncSegments(): Routine<void> {
    return syncSegments(this.state);
  }

  /** Everything appended so far is on disk, and the recovery point is moved up to it. */
  sync(): Routine<void> {
    return syncLog(this.state);
  }

  /** `sync`, and what makes the next start quick: index files, a snapshot of the producers. */
  checkpoint(): Routine<void> {
    return checkpointLog(this.state);
  }

  /** After it the log must not be used. The next open may be a clean start. */
  close(): Routine<void> {
    return checkpointLog(this.state);
  }

  /** Removes the directory and all in it. */
  remove(): Routine<void> {
    return removeLog(this.state);
  }
}
