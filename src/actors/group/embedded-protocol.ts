// The clients' own format inside the classic protocol, of groups of the type `consumer`: what a member
// subscribes to, and what its leader assigns to it. A broker looks into it to know the topics, and
// writes it for members that speak the classic protocol in a consumer group.
//
// Lives on: host thread (part of the group actor; pure).

import { ConsumerProtocolAssignment } from "../../protocol/records/consumer-protocol/consumer-protocol-assignment.ts";
import { ConsumerProtocolSubscription } from "../../protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { Reader, WireError, Writer } from "../../protocol/wire.ts";

/** Newer ones begin with the same fields. */
const VERSION_MAX = 3;

export type NamedPartitions = { readonly topic: string; readonly partitions: readonly number[] };

/** Undefined: not in that format. */
export function readSubscription(metadata: Uint8Array): ConsumerProtocolSubscription | undefined {
  return read(ConsumerProtocolSubscription, metadata);
}

/** An assignment of no bytes is one of nothing. */
export function readAssignment(bytes: Uint8Array): readonly NamedPartitions[] | undefined {
  if (bytes.byteLength === 0) return [];
  return read(ConsumerProtocolAssignment, bytes)?.assignedPartitions;
}

/** In the version in which the member subscribes. */
export function writeAssignment(
  metadata: Uint8Array,
  assignedPartitions: readonly NamedPartitions[],
): Uint8Array {
  const version = Math.min(new Reader(metadata).int16(), VERSION_MAX);
  const writer = new Writer();
  writer.int16(version);
  ConsumerProtocolAssignment.at(version).encode(writer, { assignedPartitions });
  return writer.finish();
}

function read<T>(
  message: { at(version: number): { decode(reader: Reader): T } },
  bytes: Uint8Array,
): T | undefined {
  try {
    const reader = new Reader(bytes);
    const version = reader.int16();
    if (version < 0) return undefined;
    return message.at(Math.min(version, VERSION_MAX)).decode(reader);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
