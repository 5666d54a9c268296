// The partitions of a world's topics.
//
// Lives on: the simulator's thread.

import type { TopicPartition } from "../../client/group/topic-partition.ts";
import type { Stage } from "./sim-client.ts";

export function allPartitions(topics: Stage["topics"]): TopicPartition[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  );
}
