// What the sticky assignors write into a member's subscription, byte for byte as Kafka's do
// (StickyAssignor, CooperativeStickyAssignor), so that members written in Java and ours share a group.
// No version stands in front: whoever reads tries the newest first.
//
// Lives on: anywhere (pure).

import type { Message, Infer, Draft, Shape } from "../../../protocol/schema.ts";
import { arrayOf, int32, message, string } from "../../../protocol/schema.ts";
import { Reader, WireError, Writer } from "../../../protocol/wire.ts";
import type { TopicPartition } from "../topic-partition.ts";
import { byTopic, flattened } from "../topic-partition.ts";
import type { LastAssignment } from "./assignor.ts";

/** v1 the generation in which it was assigned. */
const StickyUserData = message(
  { name: "StickyUserData", apiKey: -1, versions: [0, 1], flexibleFrom: Infinity },
  {
    previousAssignment: arrayOf({ topic: string, partitions: arrayOf(int32) }),
    generation: int32.from(1).orElse(-1),
  },
);

const CooperativeStickyUserData = message(
  { name: "CooperativeStickyUserData", apiKey: -1, versions: [0, 0], flexibleFrom: Infinity },
  { generation: int32 },
);

function bytesOf<S extends Shape>(declared: Message<S>, version: number, draft: Draft<Message<S>>) {
  const writer = new Writer();
  declared.at(version).encode(writer, draft);
  return writer.finish();
}

function read<S extends Shape>(
  declared: Message<S>,
  version: number,
  bytes: Uint8Array,
): Infer<Message<S>> | undefined {
  try {
    return declared.at(version).decode(new Reader(bytes));
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

export function stickyUserData({ partitions, generationId }: LastAssignment): Uint8Array {
  const previousAssignment = byTopic(partitions);
  return bytesOf(StickyUserData, 1, { previousAssignment, generation: generationId });
}

/** Nothing where it cannot be read: the member is then one that had nothing. */
export function readStickyUserData(bytes: Uint8Array | null): {
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
} {
  const known =
    bytes === null ? undefined : (read(StickyUserData, 1, bytes) ?? read(StickyUserData, 0, bytes));
  if (known === undefined) return { owned: [], generationId: -1 };
  return { owned: flattened(known.previousAssignment), generationId: known.generation };
}

export function cooperativeUserData(generationId: number): Uint8Array {
  return bytesOf(CooperativeStickyUserData, 0, { generation: generationId });
}

/** -1: not told. */
export function readCooperativeUserData(bytes: Uint8Array | null): number {
  return bytes === null ? -1 : (read(CooperativeStickyUserData, 0, bytes)?.generation ?? -1);
}
