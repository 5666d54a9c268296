// Racks: a member is better off with partitions that have a replica in its own (KIP-881). Assignors heed
// that as far as balance allows, and only where it makes a difference.
//
// Lives on: anywhere (pure).

import type { TopicPartition } from "../topic-partition.ts";
import { keyOf } from "../topic-partition.ts";
import type { GroupMember } from "./assignor.ts";

/** By the key of the partition: where its replicas are. Empty, or without an entry: nobody knows. */
export type PartitionRacks = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether a member may as well have that partition; one without a rack may have any. */
export type RackMatch = (member: GroupMember, partition: TopicPartition) => boolean;

export const unknownRacks: PartitionRacks = new Map();
const noRacks: ReadonlySet<string> = new Set();

function racksOf(racks: PartitionRacks, partition: TopicPartition): ReadonlySet<string> {
  return racks.get(keyOf(partition)) ?? noRacks;
}

export function rackMatch(racks: PartitionRacks): RackMatch {
  return ({ rackId }, partition) => rackId === null || racksOf(racks, partition).has(rackId);
}

/** Whether somebody is better off with one than with another (`useRackAwareAssignment` of Kafka). */
export function doRacksMatter(
  members: readonly GroupMember[],
  partitions: readonly TopicPartition[],
  racks: PartitionRacks,
): boolean {
  const all = new Set(partitions.flatMap((partition) => [...racksOf(racks, partition)]));
  return (
    members.some(({ rackId }) => rackId !== null && all.has(rackId)) &&
    partitions.some((partition) => racksOf(racks, partition).size < all.size)
  );
}
