// The records of a consumer group in the offsets topic, in Kafka's formats: the type of a record is
// the version of its key (`CoordinatorRecordType`).
//
// Lives on: host thread (part of the group actor).

import {
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
} from "../../../protocol/records/group/03-consumer-group-metadata.ts";
import { ConsumerGroupPartitionMetadataKey } from "../../../protocol/records/group/04-consumer-group-partition-metadata.ts";
import {
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
} from "../../../protocol/records/group/05-consumer-group-member-metadata.ts";
import {
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from "../../../protocol/records/group/06-consumer-group-target-assignment-metadata.ts";
import {
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
} from "../../../protocol/records/group/07-consumer-group-target-assignment-member.ts";
import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
} from "../../../protocol/records/group/08-consumer-group-current-member-assignment.ts";
import {
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
} from "../../../protocol/records/group/16-consumer-group-regular-expression.ts";
import { Reader, WireError, Writer } from "../../../protocol/wire.ts";
import type { GroupRecord } from "../records.ts";

/** A value of null is a tombstone. */
export type ConsumerGroupRecord =
  | { readonly kind: "group"; readonly value: ConsumerGroupMetadataValue | null }
  /** Kafka wrote the partitions of subscribed topics until 4.0; only ever deleted. */
  | { readonly kind: "partitions"; readonly value: null }
  | {
      readonly kind: "member";
      readonly memberId: string;
      readonly value: ConsumerGroupMemberMetadataValue | null;
    }
  | {
      readonly kind: "targetEpoch";
      readonly value: ConsumerGroupTargetAssignmentMetadataValue | null;
    }
  | {
      readonly kind: "target";
      readonly memberId: string;
      readonly value: ConsumerGroupTargetAssignmentMemberValue | null;
    }
  | {
      readonly kind: "current";
      readonly memberId: string;
      readonly value: ConsumerGroupCurrentMemberAssignmentValue | null;
    }
  | {
      readonly kind: "pattern";
      readonly pattern: string;
      readonly value: ConsumerGroupRegularExpressionValue | null;
    };

const types = {
  group: 3,
  partitions: 4,
  member: 5,
  targetEpoch: 6,
  target: 7,
  current: 8,
  pattern: 16,
} as const satisfies Record<ConsumerGroupRecord["kind"], number>;

/** Of all values. */
const VALUE_VERSION = 0;

export function encodeConsumerGroupRecord(
  groupId: string,
  record: ConsumerGroupRecord,
): GroupRecord {
  const key = new Writer(64);
  key.int16(types[record.kind]);
  writeKey(key, groupId, record);
  if (record.value === null) return { key: key.finish(), value: null };
  const value = new Writer(128);
  value.int16(VALUE_VERSION);
  writeValue(value, record);
  return { key: key.finish(), value: value.finish() };
}

function writeKey(writer: Writer, groupId: string, record: ConsumerGroupRecord): void {
  switch (record.kind) {
    case "group":
      return ConsumerGroupMetadataKey.at(0).encode(writer, { groupId });
    case "partitions":
      return ConsumerGroupPartitionMetadataKey.at(0).encode(writer, { groupId });
    case "targetEpoch":
      return ConsumerGroupTargetAssignmentMetadataKey.at(0).encode(writer, { groupId });
    case "member": {
      const { memberId } = record;
      return ConsumerGroupMemberMetadataKey.at(0).encode(writer, { groupId, memberId });
    }
    case "target": {
      const { memberId } = record;
      return ConsumerGroupTargetAssignmentMemberKey.at(0).encode(writer, { groupId, memberId });
    }
    case "current": {
      const { memberId } = record;
      return ConsumerGroupCurrentMemberAssignmentKey.at(0).encode(writer, { groupId, memberId });
    }
    case "pattern": {
      const regularExpression = record.pattern;
      return ConsumerGroupRegularExpressionKey.at(0).encode(writer, { groupId, regularExpression });
    }
  }
}

function writeValue(writer: Writer, record: ConsumerGroupRecord): void {
  if (record.value === null) return;
  switch (record.kind) {
    case "group":
      return ConsumerGroupMetadataValue.at(VALUE_VERSION).encode(writer, record.value);
    case "member":
      return ConsumerGroupMemberMetadataValue.at(VALUE_VERSION).encode(writer, record.value);
    case "targetEpoch":
      return ConsumerGroupTargetAssignmentMetadataValue.at(VALUE_VERSION).encode(
        writer,
        record.value,
      );
    case "target":
      return ConsumerGroupTargetAssignmentMemberValue.at(VALUE_VERSION).encode(
        writer,
        record.value,
      );
    case "current":
      return ConsumerGroupCurrentMemberAssignmentValue.at(VALUE_VERSION).encode(
        writer,
        record.value,
      );
    case "pattern":
      return ConsumerGroupRegularExpressionValue.at(VALUE_VERSION).encode(writer, record.value);
  }
}

export type DecodedRecord = { readonly groupId: string; readonly record: ConsumerGroupRecord };

/** Undefined for a record of another kind. Raises a WireError for bytes that make no sense. */
export function decodeConsumerGroupRecord({ key, value }: GroupRecord): DecodedRecord | undefined {
  const reader = new Reader(key);
  const type = reader.int16();
  const from = value === null ? null : new Reader(value);
  if (from !== null && type >= types.group && type <= types.pattern) {
    const version = from.int16();
    if (version !== VALUE_VERSION) {
      throw new WireError(`version ${version} of a value is not known`, 0);
    }
  }
  const read = <T>(codec: { decode(reader: Reader): T }): T | null =>
    from === null ? null : codec.decode(from);
  switch (type) {
    case types.group: {
      const { groupId } = ConsumerGroupMetadataKey.at(0).decode(reader);
      const group = read(ConsumerGroupMetadataValue.at(0));
      return { groupId, record: { kind: "group", value: group } };
    }
    case types.partitions: {
      const { groupId } = ConsumerGroupPartitionMetadataKey.at(0).decode(reader);
      return { groupId, record: { kind: "partitions", value: null } };
    }
    case types.member: {
      const { groupId, memberId } = ConsumerGroupMemberMetadataKey.at(0).decode(reader);
      const member = read(ConsumerGroupMemberMetadataValue.at(0));
      return { groupId, record: { kind: "member", memberId, value: member } };
    }
    case types.targetEpoch: {
      const { groupId } = ConsumerGroupTargetAssignmentMetadataKey.at(0).decode(reader);
      const epoch = read(ConsumerGroupTargetAssignmentMetadataValue.at(0));
      return { groupId, record: { kind: "targetEpoch", value: epoch } };
    }
    case types.target: {
      const { groupId, memberId } = ConsumerGroupTargetAssignmentMemberKey.at(0).decode(reader);
      const target = read(ConsumerGroupTargetAssignmentMemberValue.at(0));
      return { groupId, record: { kind: "target", memberId, value: target } };
    }
    case types.current: {
      const { groupId, memberId } = ConsumerGroupCurrentMemberAssignmentKey.at(0).decode(reader);
      const current = read(ConsumerGroupCurrentMemberAssignmentValue.at(0));
      return { groupId, record: { kind: "current", memberId, value: current } };
    }
    case types.pattern: {
      const { groupId, regularExpression } = ConsumerGroupRegularExpressionKey.at(0).decode(reader);
      const resolved = read(ConsumerGroupRegularExpressionValue.at(0));
      return { groupId, record: { kind: "pattern", pattern: regularExpression, value: resolved } };
    }
    default:
      return undefined;
  }
}
