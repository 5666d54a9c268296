// The answer to a request of which nothing is done: the same refusal for each of its parts.
//
// Lives on: anywhere (pure).

import { ZERO_UUID } from "../../base/uuid.ts";
import type {
  ConfigResource,
  DeletedTopicResult,
  ElectionResult,
  LeaderElection,
  NewTopicResult,
  ResourceResult,
  TopicNameOrId,
  TopicResult,
} from "./messages.ts";
import type { Refusal } from "./plan.ts";

type Named = { readonly name: string };

export function refuseNewTopics(topics: readonly Named[], why: Refusal): readonly NewTopicResult[] {
  const nothing = { topicId: ZERO_UUID, partitionCount: -1, replicationFactor: -1 };
  return topics.map(({ name }) => ({ name, ...nothing, ...why }));
}

export function refuseDeletions(
  topics: readonly TopicNameOrId[],
  why: Refusal,
): readonly DeletedTopicResult[] {
  return topics.map(({ name, topicId }) => ({ name, topicId, ...why }));
}

export function refuseTopics(topics: readonly Named[], why: Refusal): readonly TopicResult[] {
  return topics.map(({ name }) => ({ name, ...why }));
}

export function refuseResources(
  resources: readonly { readonly resource: ConfigResource }[],
  why: Refusal,
): readonly ResourceResult[] {
  return resources.map(({ resource }) => ({ resource, ...why }));
}

/** Of all topics nobody asked for any by name. */
export function refuseElections(
  { topics }: LeaderElection,
  why: Refusal,
): readonly ElectionResult[] {
  return (topics ?? []).map(({ name, partitionIds }) => ({
    name,
    partitions: partitionIds.map((partitionId) => ({ partitionId, ...why })),
  }));
}
