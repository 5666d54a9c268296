// Partitions by the names of their topics, as the classic protocol tells them. Topics that are gone are
// left out.
//
// Lives on: host thread (part of the group actor).

import type { NamedPartitions } from "../embedded-protocol.ts";
import type { Surroundings } from "./surroundings.ts";

export function named(
  assignment: Iterable<readonly [topicId: string, partitions: Iterable<number>]>,
  { topics }: Surroundings,
): NamedPartitions[] {
  return [...assignment].flatMap(([topicId, partitions]) => {
    const topic = topics.byId(topicId)?.name;
    return topic === undefined
      ? []
      : [{ topic, partitions: [...partitions].sort((a, b) => a - b) }];
  });
}
