// The round-robin assignor: all partitions of all topics in order are dealt out to the members in
// order, skipping those that are not subscribed (Kafka's RoundRobinAssignor).
//
// Lives on: anywhere (pure).

import type { TopicPartition } from "../topic-partition.ts";
import type { ClientAssignor } from "./assignor.ts";
import { compareMembers, partitionsOf, topicsToAssign } from "./assignor.ts";

export const roundRobinAssignor: ClientAssignor = {
  name: "roundrobin",
  isCooperative: false,

  assign(members, partitionCounts) {
    const ordered = members.toSorted(compareMembers);
    const assigned = new Map(ordered.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
    const subscriptions = ordered.map(({ topics }) => new Set(topics));
    let next = 0;
    const topics = topicsToAssign(members, partitionCounts);
    for (const partition of partitionsOf(topics, partitionCounts)) {
      // Somebody is subscribed to it, or it would not be here.
      while (!subscriptions[next]!.has(partition.topic)) next = (next + 1) % ordered.length;
      assigned.get(ordered[next]!.memberId)!.push(partition);
      next = (next + 1) % ordered.length;
    }
    return assigned;
  },
};
