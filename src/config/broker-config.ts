// The settings of one broker, typed and complete: what `server.properties`, `--set` and the dynamic
// configs of the metadata image come to. Plain data, so it crosses to every host.
//
// Lives on: anywhere (pure).

import type { TopicSettings } from "./topic-config.ts";

export type BrokerSettings = {
  readonly nodeId: number;
  readonly rack: string | null;

  readonly listenerName: string;
  readonly listenerHost: string;
  /** 0: any free port. */
  readonly listenerPort: number;
  readonly advertisedHost: string;
  /** 0: the port that was really opened. */
  readonly advertisedPort: number;
  readonly socketListenBacklogSize: number;

  readonly logDirectory: string;
  /** Where `gofka-metadata-0` is kept: `metadata.log.dir`, else the log directory. */
  readonly metadataLogDirectory: string;

  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  readonly autoCreateTopics: boolean;
  readonly deleteTopicEnable: boolean;

  readonly messageMaxBytes: number;
  readonly socketRequestMaxBytes: number;
  /** Bytes of requests that may be in memory at once, over all hosts. */
  readonly queuedMaxRequestBytes: number;
  readonly queuedMaxRequests: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly maxConnectionsPerIpOverrides: Readonly<Record<string, number>>;
  readonly maxConnectionCreationRate: number;
  readonly connectionsMaxIdleMs: number;

  readonly fetchMaxBytes: number;
  readonly maxIncrementalFetchSessionCacheSlots: number;
  readonly maxRequestPartitionSizeLimit: number;
  readonly requestTimeoutMs: number;

  readonly producerIdExpirationMs: number;
  readonly producerIdExpirationCheckIntervalMs: number;
  readonly transactionMaxTimeoutMs: number;

  readonly logRetentionCheckIntervalMs: number;
  readonly logFlushOffsetCheckpointIntervalMs: number;
  readonly logFlushStartOffsetCheckpointIntervalMs: number;
  readonly logInitialTaskDelayMs: number;
  readonly numRecoveryThreadsPerDataDir: number;

  readonly quorumElectionTimeoutMs: number;
  readonly quorumFetchTimeoutMs: number;
  readonly metadataLogSegmentBytes: number;
  readonly metadataLogMaxRecordBytesBetweenSnapshots: number;
  readonly metadataLogMaxSnapshotIntervalMs: number;

  /** What a topic without overrides of its own has. */
  readonly topicDefaults: TopicSettings;

  /** Keys and values as they were given at start: the "static broker config" of DescribeConfigs. */
  readonly staticProperties: Readonly<Record<string, string>>;
  /** Dynamic configs of this broker alone, from the metadata image. */
  readonly dynamicProperties: Readonly<Record<string, string>>;
  /** Dynamic configs for all brokers of the cluster, from the metadata image. */
  readonly dynamicDefaultProperties: Readonly<Record<string, string>>;
};
