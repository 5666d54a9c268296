// Between a group's state and its records in the offsets topic, in Kafka's own formats
// (`GroupCoordinatorRecordHelpers`): the type of a record is the version of its key.
//
// Lives on: host thread (part of the group actor).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { ZERO_UUID } from "../../base/uuid.ts";
import {
  LegacyOffsetCommitKey,
  LegacyOffsetCommitValue,
} from "../../protocol/records/group/00-legacy-offset-commit.ts";
import {
  OffsetCommitKey,
  OffsetCommitValue,
} from "../../protocol/records/group/01-offset-commit.ts";
import {
  GroupMetadataKey,
  GroupMetadataValue,
} from "../../protocol/records/group/02-group-metadata.ts";
import type { Draft } from "../../protocol/schema.ts";
import { Reader, WireError, Writer } from "../../protocol/wire.ts";
import type { ConsumerGroupRecord } from "./consumer/records.ts";
import { decodeConsumerGroupRecord } from "./consumer/records.ts";
import type { StoredRecord } from "./messages.ts";
import type { StoredOffset } from "./offsets/offset-store.ts";

/** A value of null is a tombstone. */
export type GroupRecord = { readonly key: Uint8Array; readonly value: Uint8Array | null };

const LEGACY_OFFSET = 0;
const OFFSET = 1;
const GROUP_METADATA = 2;

/** Offsets that expire at a time of their own need the one form that has it. */
const OFFSET_VALUE_VERSION = 4;
const EXPIRING_OFFSET_VALUE_VERSION = 1;
const GROUP_METADATA_VALUE_VERSION = 3;

const KEY_BYTES = 96;
const OFFSET_VALUE_BYTES = 64;

// ------------------------------------------------------------ writing

export function offsetRecord(
  group: string,
  topic: string,
  partition: number,
  stored: StoredOffset,
): GroupRecord {
  const expires = stored.expireTimestampMs >= 0;
  const version = expires ? EXPIRING_OFFSET_VALUE_VERSION : OFFSET_VALUE_VERSION;
  const writer = new Writer(OFFSET_VALUE_BYTES + stored.metadata.length);
  writer.int16(version);
  OffsetCommitValue.at(version).encode(writer, {
    offset: stored.offset,
    leaderEpoch: stored.leaderEpoch,
    metadata: stored.metadata,
    commitTimestamp: stored.commitTimestampMs,
    expireTimestamp: stored.expireTimestampMs,
    topicId: stored.topicId,
  });
  return { key: offsetKey(group, topic, partition), value: writer.finish() };
}

export function offsetTombstone(group: string, topic: string, partition: number): GroupRecord {
  return { key: offsetKey(group, topic, partition), value: null };
}

function offsetKey(group: string, topic: string, partition: number): Uint8Array {
  const writer = new Writer(KEY_BYTES);
  writer.int16(OFFSET);
  OffsetCommitKey.at(0).encode(writer, { group, topic, partition });
  return writer.finish();
}

export function groupMetadataRecord(
  group: string,
  value: Draft<typeof GroupMetadataValue>,
): GroupRecord {
  const writer = new Writer();
  writer.int16(GROUP_METADATA_VALUE_VERSION);
  GroupMetadataValue.at(GROUP_METADATA_VALUE_VERSION).encode(writer, value);
  return { key: groupMetadataKey(group), value: writer.finish() };
}

export function groupMetadataTombstone(group: string): GroupRecord {
  return { key: groupMetadataKey(group), value: null };
}

function groupMetadataKey(group: string): Uint8Array {
  const writer = new Writer(KEY_BYTES);
  writer.int16(GROUP_METADATA);
  GroupMetadataKey.at(0).encode(writer, { group });
  return writer.finish();
}

// ------------------------------------------------------------ reading

export type ReadRecord =
  | {
      readonly kind: "offset";
      readonly topic: string;
      readonly partition: number;
      readonly stored: StoredOffset;
    }
  | { readonly kind: "groupMetadata"; readonly value: GroupMetadataValue }
  | { readonly kind: "consumerGroup"; readonly record: ConsumerGroupRecord }
  /** Of a kind that this group knows nothing of. */
  | { readonly kind: "unknown"; readonly type: number };

export function readRecord(record: StoredRecord): Outcome<ReadRecord> {
  try {
    return success(decode(record));
  } catch (error) {
    if (error instanceof WireError) return failure("corrupt", error.message);
    throw error;
  }
}

function decode({ key, value }: StoredRecord): ReadRecord {
  const keyReader = new Reader(key);
  const type = keyReader.int16();
  const valueReader = new Reader(value);
  const version = valueReader.int16();
  switch (type) {
    case LEGACY_OFFSET: {
      const { topic, partition } = LegacyOffsetCommitKey.at(0).decode(keyReader);
      const legacy = LegacyOffsetCommitValue.at(0).decode(valueReader);
      const defaults = { leaderEpoch: -1, expireTimestamp: -1, topicId: undefined };
      return { kind: "offset", topic, partition, stored: storedOffset({ ...defaults, ...legacy }) };
    }
    case OFFSET: {
      const { topic, partition } = OffsetCommitKey.at(0).decode(keyReader);
      const decoded = OffsetCommitValue.at(known(version, 4)).decode(valueReader);
      return { kind: "offset", topic, partition, stored: storedOffset(decoded) };
    }
    case GROUP_METADATA: {
      const decoded = GroupMetadataValue.at(known(version, 4)).decode(valueReader);
      return { kind: "groupMetadata", value: decoded };
    }
    default: {
      const decoded = decodeConsumerGroupRecord({ key, value });
      if (decoded === undefined) return { kind: "unknown", type };
      return { kind: "consumerGroup", record: decoded.record };
    }
  }
}

function known(version: number, versionMax: number): number {
  if (version >= 0 && version <= versionMax) return version;
  throw new WireError(`version ${version} of a value is not known`, 0);
}

function storedOffset(
  value: Omit<OffsetCommitValue, "topicId"> & { readonly topicId: string | undefined },
): StoredOffset {
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
    topicId: value.topicId ?? ZERO_UUID,
  };
}
