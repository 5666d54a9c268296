// The settings of one topic, typed and complete: what a partition works by. They add up from the
// topic's own overrides, the broker's settings and the defaults, in that order.
//
// Numbers that Kafka keeps in 64 bits are clamped to `Number.MAX_SAFE_INTEGER`, which everywhere
// stands for "no limit". -1 keeps Kafka's meaning of "no limit" where Kafka gives it one.
//
// Lives on: anywhere (pure).

import { ConfigReader, parseConfigValue } from "./config-value.ts";
import type { FlushKeys, FlushPolicy } from "./flush-policy.ts";
import { resolveFlushPolicy } from "./flush-policy.ts";
import { brokerKeys, topicKeys } from "./keys.ts";
import type { BrokerLevels, Properties } from "./sources.ts";
import { brokerText, isBrokerKeySet, topicText } from "./sources.ts";

export type { FlushPolicy } from "./flush-policy.ts";

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

/**
 * Settings of a topic with these overrides. An override that today's rules refuse counts as unset: it
 * was checked when it was made, and a topic must open whatever its configs say.
 */
export function resolveTopicSettings(
  levels: BrokerLevels,
  overrides: Properties,
  replicationFactor = 1,
): TopicSettings {
  const good = acceptable(overrides);
  const topic = new ConfigReader(
    (name) => topicKeys.get(name),
    (name) => topicText(levels, good, name),
  );
  const broker = new ConfigReader(
    (name) => brokerKeys.get(name),
    (name) => brokerText(levels, name),
  );
  return {
    segmentBytes: topic.numberOrNull("internal.segment.bytes") ?? topic.number("segment.bytes"),
    segmentMs: topic.number("segment.ms"),
    segmentJitterMs: topic.number("segment.jitter.ms"),
    segmentIndexBytes: topic.number("segment.index.bytes"),
    indexIntervalBytes: topic.number("index.interval.bytes"),
    preallocate: topic.boolean("preallocate"),
    retentionMs: topic.number("retention.ms"),
    retentionBytes: topic.number("retention.bytes"),
    localRetentionMs: topic.number("local.retention.ms"),
    localRetentionBytes: topic.number("local.retention.bytes"),
    fileDeleteDelayMs: topic.number("file.delete.delay.ms"),
    cleanupPolicy: [...new Set(topic.list("cleanup.policy"))] as ("delete" | "compact")[],
    deleteRetentionMs: topic.number("delete.retention.ms"),
    minCompactionLagMs: topic.number("min.compaction.lag.ms"),
    maxCompactionLagMs: topic.number("max.compaction.lag.ms"),
    minCleanableDirtyRatio: topic.number("min.cleanable.dirty.ratio"),
    maxMessageBytes: topic.number("max.message.bytes"),
    compressionType: topic.string("compression.type") as CompressionSetting,
    compressionGzipLevel: topic.number("compression.gzip.level"),
    compressionLz4Level: topic.number("compression.lz4.level"),
    compressionZstdLevel: topic.number("compression.zstd.level"),
    messageTimestampType:
      topic.string("message.timestamp.type") === "LogAppendTime" ? "LogAppendTime" : "CreateTime",
    messageTimestampBeforeMaxMs: topic.number("message.timestamp.before.max.ms"),
    messageTimestampAfterMaxMs: topic.number("message.timestamp.after.max.ms"),
    flushMessages: topic.number("flush.messages"),
    flushMs: topic.number("flush.ms"),
    flushPolicy: resolveFlushPolicy(
      [topicFlushKeys(good), brokerFlushKeys(levels, broker)],
      replicationFactor,
    ),
    minInSyncReplicas: topic.number("min.insync.replicas"),
    uncleanLeaderElection: topic.boolean("unclean.leader.election.enable"),
    producerIdExpirationMs: broker.number("producer.id.expiration.ms"),
  };
}

function acceptable(overrides: Properties): Properties {
  const entries = Object.entries(overrides).filter(([name, text]) => {
    const definition = topicKeys.get(name);
    return definition !== undefined && "value" in parseConfigValue(definition, text);
  });
  return Object.fromEntries(entries);
}

function topicFlushKeys(overrides: Properties): FlushKeys {
  const number = (name: string): number | undefined => {
    const definition = topicKeys.get(name);
    const text = overrides[name];
    if (definition === undefined || text === undefined) return undefined;
    const checked = parseConfigValue(definition, text);
    return "value" in checked && typeof checked.value === "number" ? checked.value : undefined;
  };
  return {
    policy: overrides["gofka.flush.policy"]?.trim(),
    messages: number("flush.messages"),
    ms: number("flush.ms"),
  };
}

function brokerFlushKeys(levels: BrokerLevels, broker: ConfigReader): FlushKeys {
  const ifSet = (name: string): number | undefined =>
    isBrokerKeySet(levels, name) ? broker.number(name) : undefined;
  return {
    policy: broker.string("gofka.flush.policy"),
    messages: ifSet("log.flush.interval.messages"),
    ms: ifSet("log.flush.interval.ms"),
  };
}

/**
 * Why a topic may not have these overrides: the first reason, in Kafka's words (`LogConfig.validate`);
 * undefined when it may.
 */
export function topicOverridesProblem(
  levels: BrokerLevels,
  overrides: Properties,
): string | undefined {
  for (const name of Object.keys(overrides)) {
    if (!topicKeys.has(name)) return `Unknown topic config name: ${name}`;
  }
  for (const [name, text] of Object.entries(overrides)) {
    const definition = topicKeys.get(name);
    if (definition === undefined) continue;
    const checked = parseConfigValue(definition, text);
    if ("problem" in checked) return checked.problem;
  }
  const { minCompactionLagMs: least, maxCompactionLagMs: most } = resolveTopicSettings(
    levels,
    overrides,
  );
  if (least > most) {
    return (
      `conflict topic config setting min.compaction.lag.ms (${least}) > ` +
      `max.compaction.lag.ms (${most})`
    );
  }
  const tiered = topicText(levels, overrides, "remote.storage.enable");
  if (tiered?.trim().toLowerCase() === "true") {
    return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
  }
  return undefined;
}
