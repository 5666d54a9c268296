// What group coordinators, groups and the offsets topic are configured to, typed.
//
// Lives on: anywhere (pure).

import type { ConfigReader } from "./config-value.ts";

export type GroupSettings = {
  /** `classic`, `consumer`, ... */
  readonly rebalanceProtocols: readonly string[];
  readonly initialRebalanceDelayMs: number;
  readonly sessionTimeoutMinMs: number;
  readonly sessionTimeoutMaxMs: number;
  /** Members of one classic group. */
  readonly membersMax: number;
  readonly offsetMetadataBytesMax: number;
  readonly offsetsRetentionMs: number;
  readonly offsetsRetentionCheckIntervalMs: number;
  readonly offsetsCommitTimeoutMs: number;
  readonly offsetsLoadBufferBytes: number;
  readonly offsetsTopicPartitionCount: number;
  readonly offsetsTopicReplicationFactor: number;
  readonly offsetsTopicSegmentBytes: number;
  readonly consumer: ConsumerGroupSettings;
};

type Range = { readonly min: number; readonly max: number };

/** Of groups that speak the consumer protocol (KIP-848). */
export type ConsumerGroupSettings = {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The shortest time between two target assignments. */
  readonly assignmentIntervalMs: number;
  readonly membersMax: number;
  /** Names of assignors; the first is the default. */
  readonly assignors: readonly string[];
  readonly patternRefreshIntervalMs: number;
  /** Of what a group may be configured to for itself. */
  readonly bounds: Readonly<
    Record<"sessionTimeoutMs" | "heartbeatIntervalMs" | "assignmentIntervalMs", Range>
  >;
  /** Whether a live group may change over to this protocol, and back to the classic one. */
  readonly mayUpgrade: boolean;
  readonly mayDowngrade: boolean;
};

const MINUTE_MS = 60_000;

export function groupSettings(reader: ConfigReader): GroupSettings {
  return {
    rebalanceProtocols: reader.list("group.coordinator.rebalance.protocols"),
    initialRebalanceDelayMs: reader.number("group.initial.rebalance.delay.ms"),
    sessionTimeoutMinMs: reader.number("group.min.session.timeout.ms"),
    sessionTimeoutMaxMs: reader.number("group.max.session.timeout.ms"),
    membersMax: reader.number("group.max.size"),
    offsetMetadataBytesMax: reader.number("offset.metadata.max.bytes"),
    offsetsRetentionMs: reader.number("offsets.retention.minutes") * MINUTE_MS,
    offsetsRetentionCheckIntervalMs: reader.number("offsets.retention.check.interval.ms"),
    offsetsCommitTimeoutMs: reader.number("offsets.commit.timeout.ms"),
    offsetsLoadBufferBytes: reader.number("offsets.load.buffer.size"),
    offsetsTopicPartitionCount: reader.number("offsets.topic.num.partitions"),
    offsetsTopicReplicationFactor: reader.number("offsets.topic.replication.factor"),
    offsetsTopicSegmentBytes: reader.number("offsets.topic.segment.bytes"),
    consumer: consumerGroupSettings(reader),
  };
}

/** Kafka takes its own assignors by their classes as well. */
const assignorNames: Readonly<Record<string, string>> = {
  "org.apache.kafka.coordinator.group.assignor.UniformAssignor": "uniform",
  "org.apache.kafka.coordinator.group.assignor.RangeAssignor": "range",
};

function consumerGroupSettings(reader: ConfigReader): ConsumerGroupSettings {
  const range = (what: string): Range => ({
    min: reader.number(`group.consumer.min.${what}`),
    max: reader.number(`group.consumer.max.${what}`),
  });
  const migration = reader.string("group.consumer.migration.policy").toUpperCase();
  return {
    sessionTimeoutMs: reader.number("group.consumer.session.timeout.ms"),
    heartbeatIntervalMs: reader.number("group.consumer.heartbeat.interval.ms"),
    assignmentIntervalMs: reader.number("group.consumer.assignment.interval.ms"),
    membersMax: reader.number("group.consumer.max.size"),
    assignors: reader.list("group.consumer.assignors").map((name) => assignorNames[name] ?? name),
    patternRefreshIntervalMs: reader.number("group.consumer.regex.refresh.interval.ms"),
    bounds: {
      sessionTimeoutMs: range("session.timeout.ms"),
      heartbeatIntervalMs: range("heartbeat.interval.ms"),
      assignmentIntervalMs: range("assignment.interval.ms"),
    },
    mayUpgrade: migration === "UPGRADE" || migration === "BIDIRECTIONAL",
    mayDowngrade: migration === "DOWNGRADE" || migration === "BIDIRECTIONAL",
  };
}
