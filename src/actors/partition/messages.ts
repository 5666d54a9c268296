// What a partition actor hears: the public face of actors/partition. The key of a partition is
// `<topic id>-<index>`, its place follows from it: host = (hash(topic id) + index) mod hosts.
//
// Lives on: anywhere (types and address helpers).

import type { Outcome } from "../../base/outcome.ts";
import { fnv1a32 } from "../../base/hash.ts";
import type { ActorRef, Call, Cast, Spawnable } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { FrontDoorProtocol } from "../front-door/messages.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { TopicSettings } from "../../config/topic-config.ts";
import type { CompactionLimits, CompactionReport } from "../../storage/log.ts";

export const partitionKind = "partition";

export function partitionRef(topicId: string, index: number): ActorRef<PartitionProtocol> {
  return refTo(partitionKind, `${topicId}-${index}`);
}

/** host = (hash(topic id) + partition) mod hosts, so a topic's partitions spread evenly. */
export function placePartition(key: string, hostCount: number): number {
  const dash = key.lastIndexOf("-");
  return (fnv1a32(key.slice(0, dash)) + Number(key.slice(dash + 1))) % hostCount;
}

export type PartitionSettings = {
  readonly topicId: string;
  readonly topicName: string;
  readonly index: number;
  /** The data directory (log dir); the partition's own is `<it>/<topic>-<index>`. */
  readonly logDirectory: string;
  /** Why it is not opened; null: it is. */
  readonly offline: string | null;
  readonly leaderEpoch: number;
  /** The image that says that it lives here. */
  readonly imageOffset: number;
  readonly config: TopicSettings;
  /** Whether the node stopped in good order before this start. */
  readonly cleanStart: boolean;
  /** As the checkpoints of the log directory tell (hints). */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly firstDirtyOffset: number;
  readonly retentionCheckIntervalMs: number;
  readonly producerIdExpirationCheckIntervalMs: number;
  /** How often the log directory's checkpoints are written. */
  readonly checkpointIntervalMs: number;
};

/** For the broker, which creates the partitions of its host. */
export const spawnablePartition: Spawnable<PartitionSettings> = { kind: partitionKind };

/** What the checkpoints of the log directory say of a partition. */
export type PartitionCheckpoint = {
  /** Everything below is surely on disk. */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** Compaction has looked at everything below. */
  readonly firstDirtyOffset: number;
};

/** One record that was refused: its index in the batch and why (KIP-467). */
export type RecordError = { readonly batchIndex: number; readonly message: string | null };

export type ProduceReply = {
  readonly errorCode: ErrorCode;
  readonly baseOffset: number;
  /** -1 for topics with CreateTime. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly recordErrors: readonly RecordError[];
  readonly errorMessage: string | null;
};

export type FetchArgs = {
  readonly fetchOffset: number;
  readonly maxBytes: number;
  /** The first batch is returned whole even if it is larger than `maxBytes` (KIP-74). */
  readonly wholeFirstBatch: boolean;
  /** -1: not checked. */
  readonly currentLeaderEpoch: number;
  /** -1: not known. */
  readonly lastFetchedEpoch: number;
  readonly readCommitted: boolean;
};

export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number };

export type FetchReply = {
  readonly errorCode: ErrorCode;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Whole batches in a buffer of their own; empty when there is nothing to read. */
  readonly records: Uint8Array;
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | null;
  /** null for read_uncommitted. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
};

export type ProducerDescription = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestampMs: number;
  readonly coordinatorEpoch: number;
  readonly currentTransactionStartOffset: number;
};

export type PartitionProtocol = {
  /** One v2 batch, checked, stamped in place and appended. The bytes are the partition's from now
   * on. `acks` 0 and 1 and -1 as in Kafka; the reply waits for what the flush policy promises. */
  produce: Call<{ batch: Uint8Array; acks: number; produceVersion: number }, ProduceReply>;
  fetch: Call<FetchArgs, FetchReply>;
  /** `timestamp` may be one of Kafka's special values (-1 latest, -2 earliest, -3 ... -6). */
  listOffset: Call<
    { timestamp: number; readCommitted: boolean; currentLeaderEpoch: number; version: number },
    { errorCode: ErrorCode; timestamp: number; offset: number; leaderEpoch: number }
  >;
  offsetForLeaderEpoch: Call<
    { leaderEpoch: number; currentLeaderEpoch: number },
    { errorCode: ErrorCode; leaderEpoch: number; endOffset: number }
  >;
  /** -1: up to the high watermark. */
  deleteRecords: Call<{ offset: number }, { errorCode: ErrorCode; lowWatermark: number }>;
  describeProducers: Call<
    Record<string, never>,
    { errorCode: ErrorCode; producers: readonly ProducerDescription[] }
  >;
  describeLog: Call<
    Record<string, never>,
    { errorCode: ErrorCode; logDirectory: string; sizeBytes: number; offsetLag: number }
  >;

  /**
   * A standing watch of one parked fetch: `watcher` hears `partitionReadable` once each time the
   * visible end passes what it was told last, or when the partition can no longer serve it. It is
   * heard at once when the visible end is already past `afterOffset`.
   */
  watch: Cast<{
    watchId: number;
    watcher: ActorRef<FrontDoorProtocol>;
    afterOffset: number;
    readCommitted: boolean;
  }>;
  unwatch: Cast<{ watchId: number; watcher: ActorRef<FrontDoorProtocol> }>;

  /** The data directory it lies in has failed. */
  takeOffline: Cast<{ detail: string }>;
  configure: Cast<{ config: TopicSettings; leaderEpoch: number }>;
  /** Answered when the log is open and recovered (or has failed). */
  opened: Call<Record<string, never>, Outcome<{ logEndOffset: number }>>;
  /** Syncs everything, writes snapshots and indexes, refuses all that comes after. `clean`: the
   * next start may trust all that is there. */
  close: Call<Record<string, never>, PartitionCheckpoint & { clean: boolean }>;
  /** Refuses everything, removes the directory (renamed to `.…-delete` first). */
  remove: Call<Record<string, never>, Outcome<null>>;
  checkpoint: Call<Record<string, never>, PartitionCheckpoint>;

  /** How much there is for compaction to do, and whether it is to be done by the topic's settings. */
  cleanable: Call<Record<string, never>, { isDue: boolean; dirtyRatio: number }>;
  /**
   * One pass of compaction, answered when it has ended. A fault is no reason to ask again at once;
   * what cannot be mended makes the log count as not cleanable from then on.
   */
  compact: Call<CompactionLimits, Outcome<CompactionReport>>;
};
