// The state of one open log, shared by the files that work on it: log-open.ts builds it, log-append.ts,
// log-read.ts, log-times.ts, log-truncate.ts, log-retention.ts and log-sync.ts are its verbs, and
// log.ts is the door.
//
// Lives on: anywhere (pure; owned by one partition actor).

import { assert } from "../base/assert.ts";
import type { ScanBounds } from "./batch-scan.ts";
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  offsetFileName,
  SEGMENT_SUFFIXES,
  SNAPSHOT_SUFFIX,
} from "./file-names.ts";
import { IndexCache } from "./index-cache.ts";
import type { EpochEntry } from "./leader-epochs.ts";
import { LeaderEpochCache } from "./leader-epochs.ts";
import type { DamagedRange, LogOptions, LogSettings } from "./log-types.ts";
import { ProducerStates } from "./producer-states.ts";
import { ReadHints } from "./read-hints.ts";
import { ReadCrowd, SharedReads } from "./shared-reads.ts";
import type { Segment } from "./segment.ts";

/** For a log that shares its cache with nobody. */
const OWN_INDEX_CACHE_BYTES = 2 * 1024 * 1024;

/** A file that was set aside and may be unlinked from `dueMs` on. */
export type SetAside = { readonly path: string; readonly dueMs: number };

export class LogState {
  readonly directory: string;
  readonly topicId: string | null;
  settings: LogSettings;

  /** Ascending by base offset, never empty once the log is open. The last one is active. */
  segments: Segment[] = [];
  logStartOffset = 0;
  logEndOffset = 0;
  recoveryPoint = 0;

  /** Compaction has looked at everything below. */
  firstDirtyOffset = 0;
  /** Goes up when compaction has moved batches: positions that were known before mean nothing. */
  layout = 0;
  /** Goes up when the end of the log is cut off. */
  cuts = 0;
  /** Goes up when old segments are taken away. */
  removals = 0;

  epochs = new LeaderEpochCache();
  /** What `leader-epoch-checkpoint` holds; undefined when there is none, or one of no use. */
  epochsOnDisk: readonly EpochEntry[] | undefined;
  readonly producers: ProducerStates;
  /** Offsets of the snapshot files on disk, ascending. */
  snapshots: number[] = [];

  damaged: DamagedRange[] = [];
  setAside: SetAside[] = [];
  readonly indexCache: IndexCache;
  readonly hints = new ReadHints();
  readonly sharedReads: SharedReads;
  readonly readCrowd = new ReadCrowd();

  constructor(options: LogOptions) {
    this.directory = options.directory;
    this.topicId = options.topicId;
    this.settings = options.settings;
    this.producers = new ProducerStates(options.settings.producerIdExpirationMs);
    this.indexCache = options.indexCache ?? new IndexCache(OWN_INDEX_CACHE_BYTES);
    this.sharedReads = options.sharedReads ?? new SharedReads();
  }

  /** What is in memory of a segment's file is of no use any more. */
  forget(segment: Segment): void {
    this.indexCache.drop(segment.path(LOG_SUFFIX));
    this.sharedReads.drop(segment);
  }

  get active(): Segment {
    const active = this.segments.at(-1);
    assert(active !== undefined, `the log in ${this.directory} has no segment`);
    return active;
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const segment of this.segments) bytes += segment.sizeBytes;
    return bytes;
  }

  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  snapshotPath(offset: number): string {
    return this.path(offsetFileName(offset, SNAPSHOT_SUFFIX));
  }

  /** The index of the last segment whose base offset is at most `offset`; -1 when there is none. */
  segmentAt(offset: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.segments[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  boundsOf(segment: Segment): ScanBounds {
    const next = this.segments[this.segments.indexOf(segment) + 1];
    const isKnown = next !== undefined && next.baseOffset > segment.baseOffset;
    const mayHaveGaps = this.settings.cleanupPolicy.includes("compact");
    return {
      endOffset: isKnown ? next.baseOffset : Infinity,
      nextPath: isKnown ? next.path(LOG_SUFFIX) : null,
      mayHaveGaps,
      epochs: this.epochs,
      settledEnd: Infinity,
    };
  }

  /** The offset after the last one the segment can hold. */
  endOf(index: number): number {
    return this.segments[index + 1]?.baseOffset ?? this.logEndOffset;
  }

  damageAt(offset: number): DamagedRange | undefined {
    return this.damaged.find((range) => range.fromOffset <= offset && offset < range.toOffset);
  }

  /** The names a segment's files may have; `.txnindex` and the rest need not be there. */
  filesOf(segment: Segment): string[] {
    return SEGMENT_SUFFIXES.map((suffix) => segment.path(suffix));
  }

  deletedName(path: string): string {
    return path + DELETED_SUFFIX;
  }
}
