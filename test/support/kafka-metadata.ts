// Metadata logs and snapshots as Kafka writes them, made by hand.
//
// Lives on: tests.

import { ZERO_UUID } from "../../src/base/uuid.ts";
import { leaderChangeBatch } from "../../src/metadata/control-records.ts";
import { buildBatch, nextOffsetOf } from "../../src/protocol/record-batch.ts";
import type { MetadataRecordDraft } from "../../src/protocol/records/metadata-record.ts";
import { encodeMetadataRecord } from "../../src/protocol/records/metadata-record.ts";

export function topicIdOf(n: number): string {
  return `${"t".repeat(18)}${String(n).padStart(3, "0")}A`;
}

export function topic(n: number, name: string): MetadataRecordDraft {
  return { kind: "TopicRecord", value: { name, topicId: topicIdOf(n) } };
}

export function removal(n: number): MetadataRecordDraft {
  return { kind: "RemoveTopicRecord", value: { topicId: topicIdOf(n) } };
}

export function partition(
  n: number,
  partitionId: number,
  { leaderEpoch = 0, replicas = [1] } = {},
): MetadataRecordDraft {
  const value = {
    partitionId,
    topicId: topicIdOf(n),
    replicas,
    isr: replicas,
    removingReplicas: [],
    addingReplicas: [],
    leader: replicas[0] ?? -1,
    leaderEpoch,
    partitionEpoch: 0,
    directories: replicas.map(() => ZERO_UUID),
  };
  return { kind: "PartitionRecord", value };
}

export function newLeader(n: number, partitionId: number): MetadataRecordDraft {
  const value = { partitionId, topicId: topicIdOf(n), leader: 1 };
  return { kind: "PartitionChangeRecord", value };
}

export function config(
  resourceType: number,
  resourceName: string,
  name: string,
  value: string | null,
): MetadataRecordDraft {
  return { kind: "ConfigRecord", value: { resourceType, resourceName, name, value } };
}

export function feature(featureLevel: number): MetadataRecordDraft {
  return { kind: "FeatureLevelRecord", value: { name: "metadata.version", featureLevel } };
}

export function producerIds(nextProducerId: number): MetadataRecordDraft {
  return { kind: "ProducerIdsRecord", value: { brokerId: 1, brokerEpoch: 5, nextProducerId } };
}

export const begin: MetadataRecordDraft = { kind: "BeginTransactionRecord", value: { name: null } };
export const end: MetadataRecordDraft = { kind: "EndTransactionRecord", value: {} };
export const abort: MetadataRecordDraft = {
  kind: "AbortTransactionRecord",
  value: { reason: null },
};

/** Batches in a row; `"leader"`: the control batch with which a term begins. */
export function batchesOf(
  entries: readonly ("leader" | readonly MetadataRecordDraft[])[],
  baseOffset = 0,
): Uint8Array[] {
  let offset = baseOffset;
  let epoch = 0;
  return entries.map((records) => {
    if (records === "leader") epoch += 1;
    const place = { baseOffset: offset, epoch, timestampMs: 1_000 };
    const batch =
      records === "leader"
        ? leaderChangeBatch(place, 1, [1], [1])
        : buildBatch(
            records.map((record) => ({ value: encodeMetadataRecord(record), timestampMs: 1_000 })),
            { baseOffset: offset, leaderEpoch: epoch },
          );
    offset = nextOffsetOf(batch, 0);
    return batch;
  });
}

export function joined(batches: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(batches));
}
