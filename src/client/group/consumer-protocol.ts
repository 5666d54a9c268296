// What consumers of a classic group tell one another by way of the coordinator: subscriptions and
// assignments, each with a version in front (Kafka's ConsumerProtocol). Of a newer version one reads
// what one knows.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { ConsumerProtocolAssignment } from "../../protocol/records/consumer-protocol/consumer-protocol-assignment.ts";
import { ConsumerProtocolSubscription } from "../../protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { Reader, WireError, Writer } from "../../protocol/wire.ts";
import type { GroupMember, LastAssignment } from "./assignors/assignor.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { byTopic, flattened } from "./topic-partition.ts";

export const CONSUMER = "consumer";
const VERSION_MAX = 3;

export function subscriptionBytes(
  topics: readonly string[],
  owned: LastAssignment,
  userData: Uint8Array | null,
  rackId: string | null,
): Uint8Array {
  const writer = new Writer();
  writer.int16(VERSION_MAX);
  ConsumerProtocolSubscription.at(VERSION_MAX).encode(writer, {
    topics,
    userData,
    ownedPartitions: byTopic(owned.partitions),
    generationId: owned.generationId,
    rackId,
  });
  return writer.finish();
}

type Told = { readonly memberId: string; readonly groupInstanceId: string | null };

export function readSubscription(member: Told, bytes: Uint8Array): Outcome<GroupMember> {
  return reading("subscription", () => {
    const { reader, version } = versioned(bytes);
    const told = ConsumerProtocolSubscription.at(version).decode(reader);
    return {
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      topics: told.topics,
      owned: flattened(told.ownedPartitions),
      generationId: told.generationId,
      userData: told.userData,
      rackId: told.rackId === "" ? null : told.rackId,
    };
  });
}

export function assignmentBytes(partitions: readonly TopicPartition[]): Uint8Array {
  const writer = new Writer();
  writer.int16(VERSION_MAX);
  const assignedPartitions = byTopic(partitions);
  ConsumerProtocolAssignment.at(VERSION_MAX).encode(writer, { assignedPartitions });
  return writer.finish();
}

/** Whom the leader has forgotten gets no bytes at all, which is an empty assignment. */
export function readAssignment(bytes: Uint8Array): Outcome<readonly TopicPartition[]> {
  if (bytes.byteLength === 0) return success([]);
  return reading("assignment", () => {
    const { reader, version } = versioned(bytes);
    return flattened(ConsumerProtocolAssignment.at(version).decode(reader).assignedPartitions);
  });
}

function versioned(bytes: Uint8Array): { reader: Reader; version: number } {
  const reader = new Reader(bytes);
  const version = reader.int16();
  if (version < 0) throw new WireError(`version ${version}`, 0);
  return { reader, version: Math.min(version, VERSION_MAX) };
}

function reading<T>(what: string, read: () => T): Outcome<T> {
  try {
    return success(read());
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return failure("corrupt", `${what}: ${error.message}`);
  }
}
