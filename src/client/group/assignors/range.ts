// The range assignor: of each topic every subscriber gets one run of neighbouring partitions, so that
// topics with as many partitions are shared out alike and can be joined. The first get one more where
// it does not come out even (Kafka's RangeAssignor, without its regard for racks).
//
// Lives on: anywhere (pure).

import type { TopicPartition } from "../topic-partition.ts";
import type { ClientAssignor } from "./assignor.ts";
import { compareMembers, topicsToAssign } from "./assignor.ts";

export const rangeAssignor: ClientAssignor = {
  name: "range",
  isCooperative: false,

  assign(members, partitionCounts) {
    const ordered = members.toSorted(compareMembers);
    const assigned = new Map(ordered.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
    for (const topic of topicsToAssign(members, partitionCounts)) {
      const subscribers = ordered.filter(({ topics }) => topics.includes(topic));
      const count = partitionCounts.get(topic)!;
      const least = Math.floor(count / subscribers.length);
      const extras = count % subscribers.length;
      let next = 0;
      subscribers.forEach(({ memberId }, place) => {
        const end = next + least + (place < extras ? 1 : 0);
        for (; next < end; next++) assigned.get(memberId)!.push({ topic, partition: next });
      });
    }
    return assigned;
  },
};
