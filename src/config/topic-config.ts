// The settings of one topic, typed and complete: what a partition works by. They add up from the
// topic's own overrides, the broker's settings and the defaults, in that order.
//
// Numbers that Kafka keeps in 64 bits are clamped to `Number.MAX_SAFE_INTEGER`, which everywhere
// stands for "no limit". -1 keeps Kafka's meaning of "no limit" where Kafka gives it one.
//
// Lives on: anywhere (pure).

/** What an acknowledgement promises (docs/SEMANTICS.md). `intervalMs`: synced that often, not waited for. */
export type FlushPolicy = "os" | "group" | "each" | { readonly intervalMs: number };

export type CompressionSetting = "producer" | "uncompressed" | "gzip" | "snappy" | "lz4" | "zstd";

export type TopicSettings = {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly segmentJitterMs: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly preallocate: boolean;

  /** -1: kept for ever. */
  readonly retentionMs: number;
  /** -1: however large. */
  readonly retentionBytes: number;
  /** -2: as `retentionMs`. Acted on with tiered storage only. */
  readonly localRetentionMs: number;
  /** -2: as `retentionBytes`. Acted on with tiered storage only. */
  readonly localRetentionBytes: number;
  readonly fileDeleteDelayMs: number;

  /** Empty: neither deleted nor compacted. */
  readonly cleanupPolicy: readonly ("delete" | "compact")[];
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;

  readonly maxMessageBytes: number;
  readonly compressionType: CompressionSetting;
  readonly compressionGzipLevel: number;
  readonly compressionLz4Level: number;
  readonly compressionZstdLevel: number;
  readonly messageTimestampType: "CreateTime" | "LogAppendTime";
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;

  readonly flushMessages: number;
  readonly flushMs: number;
  /** What `gofka.flush.policy`, `flush.messages` and `flush.ms` come to together. */
  readonly flushPolicy: FlushPolicy;

  readonly minInSyncReplicas: number;
  readonly uncleanLeaderElection: boolean;
  /** A setting of the broker, here because every partition needs it. */
  readonly producerIdExpirationMs: number;
};
