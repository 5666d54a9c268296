// What callers of a log give and get: settings, options, what recovery found.
//
// Lives on: anywhere (types only).

import type { DirectoryEntry } from "../runtime/ports.ts";
import type { IndexCache } from "./index-cache.ts";
import type { SharedReads } from "./shared-reads.ts";

/** The settings of a topic that its log works by. `TopicSettings` of the configuration fits. */
export type LogSettings = {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly segmentJitterMs: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  /** -1: kept for ever. */
  readonly retentionMs: number;
  /** -1: however large. */
  readonly retentionBytes: number;
  readonly fileDeleteDelayMs: number;
  readonly cleanupPolicy: readonly ("delete" | "compact")[];
  readonly producerIdExpirationMs: number;
  /** Of a compacted log: a segment that holds older records is rolled, so that it can be compacted. */
  readonly maxCompactionLagMs?: number;
};

export type LogOptions = {
  /** The partition's own directory: `<data directory>/<topic>-<index>`. */
  readonly directory: string;
  /** Kept in `partition.metadata` when given. */
  readonly topicId: string | null;
  readonly settings: LogSettings;
  /** Wall clock: from when producers that are not heard of count as idle. */
  readonly nowMs: number;
  /** Shared by the logs of a host, so that all their old indexes together stay below one bound. */
  readonly indexCache?: IndexCache;
  /** Likewise, of what one of many consumers has read for all of them. */
  readonly sharedReads?: SharedReads;
};

export type OpenOptions = LogOptions & {
  /** The node stopped in good order: what is on disk is what was written. */
  readonly cleanStart: boolean;
  /** Hints of the log directory's checkpoints: clamped to what is there. 0 when not known. */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  /**
   * Whoever wrote here may have been killed while a sync failed, which leaves no mark (suspect-tail.ts):
   * what is not known to be on disk is written again in any case.
   */
  readonly mayLackMark?: boolean;
  /** Compaction has looked at everything below. Not known: all of it is looked at again. */
  readonly firstDirtyOffset?: number;
  /** What is in its directory, if that has just been looked at. */
  readonly entries?: readonly DirectoryEntry[];
};

/** Bytes of a log that do not hold what they should. They are kept, and never served. */
export type DamagedRange = {
  /** The first offset that cannot be read, and the first that can again. */
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly path: string;
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly reason: string;
};

export type RecoveryReport = {
  /** Bytes read and checked batch by batch. 0 when the start was clean and nothing was amiss. */
  readonly scannedBytes: number;
  /** Bytes cut off the end: a write that had not ended when the node did. */
  readonly tornBytes: number;
  /** Segments that lay behind the torn place and went with it. */
  readonly tornSegments: number;
  readonly damaged: readonly DamagedRange[];
  /** Derived files (indexes, snapshots, the epoch checkpoint) that were missing or no use. */
  readonly rebuiltFiles: readonly string[];
  /** The recovery point that was given lay beyond the end of the log. */
  readonly recoveryPointClamped: boolean;
};

/** A record found by its time. */
export type OffsetAtTime = {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
};
