// CreatePartitions (`ReplicationControlManager.createPartitions`).
//
// Lives on: anywhere (pure).

import type { TopicState } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { MorePartitions, TopicResult } from "./messages.ts";
import type { Replicas } from "./placement.ts";
import { newPartition, placementProblem, placePartitions } from "./placement.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import {
  accepted,
  duplicates,
  isRefusal,
  recordsPerRequestMax,
  refusal,
  tooManyPartitions,
} from "./plan.ts";

export function planCreatePartitions(
  context: PlanContext,
  topics: readonly MorePartitions[],
): Plan<readonly TopicResult[]> {
  const twice = duplicates(topics.map(({ name }) => name));
  const distinct = new Map(topics.map((topic) => [topic.name, topic]));
  const records: MetadataRecord[] = [];
  const results = [...distinct.values()].map((topic): TopicResult => {
    const { name } = topic;
    const room = recordsPerRequestMax - records.length;
    const planned = twice.has(name)
      ? refusal(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
      : planTopic(context, topic, room);
    if (isRefusal(planned)) return { name, ...planned };
    records.push(...planned);
    return { name, ...accepted };
  });
  return { records, results };
}

function planTopic(
  context: PlanContext,
  more: MorePartitions,
  room: number,
): readonly MetadataRecord[] | Refusal {
  const topic = context.image.topicByName(more.name);
  if (topic === undefined) {
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
  }
  const now = topic.partitions.length;
  if (more.count === now) {
    return refusal(ErrorCode.INVALID_PARTITIONS, `Topic already has ${now} partition(s).`);
  }
  if (more.count < now) {
    return refusal(
      ErrorCode.INVALID_PARTITIONS,
      `The topic ${more.name} currently has ${now} partition(s); ${more.count} would not be an increase.`,
    );
  }
  if (more.count - now > room) return tooManyPartitions;
  const placed = place(context, topic, more);
  if (isRefusal(placed)) return placed;
  return placed.map((replicas, at) => newPartition(context, topic.topicId, now + at, replicas));
}

/** Partitions added later have as many replicas as the first. */
function place(
  context: PlanContext,
  topic: TopicState,
  { count, assignments }: MorePartitions,
): readonly Replicas[] | Refusal {
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1;
  const added = count - topic.partitions.length;
  if (assignments === null) return placePartitions(context, added, replicationFactor);
  if (assignments.length !== added) {
    return refusal(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${added} additional partition(s), but only ${assignments.length} ` +
        "assignment(s) were specified.",
    );
  }
  for (const [at, replicas] of assignments.entries()) {
    const partitionId = topic.partitions.length + at;
    const problem = placementProblem(context, replicas, partitionId, replicationFactor);
    if (problem !== undefined) return problem;
  }
  return assignments;
}
