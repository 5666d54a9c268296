// What group coordinators, groups and the offsets topic are configured to, typed.
//
// Lives on: anywhere (pure).

import type { ConfigReader } from "./config-value.ts";

export type GroupSettings = {
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
};

const MINUTE_MS = 60_000;

export function groupSettings(reader: ConfigReader): GroupSettings {
  return {
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
  };
}
