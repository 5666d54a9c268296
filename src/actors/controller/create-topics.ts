// CreateTopics: checks in Kafka's order, with Kafka's codes and words (`ControllerApis.createTopics`,
// `ReplicationControlManager.createTopics`).
//
// Lives on: anywhere (pure).

import { ZERO_UUID } from "../../base/uuid.ts";
import type { Properties } from "../../config/sources.ts";
import { topicOverridesProblem } from "../../config/topic-config.ts";
import { ResourceType } from "../../metadata/image.ts";
import { mayCollide, topicNameProblem, unifiedTopicName } from "../../metadata/topic-names.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { NewTopic, NewTopicResult } from "./messages.ts";
import type { Replicas } from "./placement.ts";
import { newPartition, placementProblem, placePartitions } from "./placement.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { duplicates, isRefusal, recordsPerRequestMax, refusal, tooManyPartitions } from "./plan.ts";

const metadataTopic = "__cluster_metadata";
const useDefault = -1;

export function planCreateTopics(
  context: PlanContext,
  topics: readonly NewTopic[],
): Plan<readonly NewTopicResult[]> {
  const twice = duplicates(topics.map(({ name }) => name));
  const names = [...new Set(topics.map(({ name }) => name))];
  const byName = new Map(topics.map((topic) => [topic.name, topic]));
  const unified = new Map<string, string>();
  const isTooLarge = partitionsOf(context, topics) > recordsPerRequestMax;
  const records: MetadataRecord[] = [];
  const results = names.map((name): NewTopicResult => {
    const planned = twice.has(name)
      ? refusal(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
      : isTooLarge
        ? tooManyPartitions
        : planTopic(context, byName.get(name)!, unified);
    if (isRefusal(planned)) return refused(name, planned);
    records.push(...planned.records);
    if (mayCollide(name)) unified.set(unifiedTopicName(name), name);
    return planned.result;
  });
  return { records, results };
}

function refused(name: string, { errorCode, errorMessage }: Refusal): NewTopicResult {
  return {
    name,
    topicId: ZERO_UUID,
    errorCode,
    errorMessage,
    partitionCount: -1,
    replicationFactor: -1,
  };
}

function partitionsOf({ config }: PlanContext, topics: readonly NewTopic[]): number {
  return topics.reduce((sum, { partitionCount, assignments }) => {
    if (assignments.length > 0) return sum + assignments.length;
    return (
      sum + (partitionCount === useDefault ? config.numPartitions : Math.max(0, partitionCount))
    );
  }, 0);
}

type PlannedTopic = {
  readonly records: readonly MetadataRecord[];
  readonly result: NewTopicResult;
};

function planTopic(
  context: PlanContext,
  topic: NewTopic,
  unified: ReadonlyMap<string, string>,
): PlannedTopic | Refusal {
  const { name } = topic;
  const problem = nameProblem(context, name, unified) ?? configProblem(context, topic);
  if (problem !== undefined) return problem;
  const placed =
    topic.assignments.length > 0 ? placedByClient(context, topic) : place(context, topic);
  if (isRefusal(placed)) return placed;
  const topicId = context.newId();
  const records: MetadataRecord[] = [{ kind: "TopicRecord", value: { name, topicId } }];
  for (const { name: key, value } of topic.configs) {
    const config = { resourceType: ResourceType.TOPIC, resourceName: name, name: key, value };
    records.push({ kind: "ConfigRecord", value: config });
  }
  placed.forEach((replicas, partitionId) => {
    records.push(newPartition(context, topicId, partitionId, replicas));
  });
  const result = {
    name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    partitionCount: placed.length,
    replicationFactor: placed[0]?.length ?? 0,
  };
  return { records, result };
}

function nameProblem(
  { image }: PlanContext,
  name: string,
  unified: ReadonlyMap<string, string>,
): Refusal | undefined {
  if (name === metadataTopic) {
    return refusal(
      ErrorCode.INVALID_REQUEST,
      `Creation of internal topic ${metadataTopic} is prohibited.`,
    );
  }
  const illegal = topicNameProblem(name);
  if (illegal !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, illegal);
  if (image.topicByName(name) !== undefined) {
    return refusal(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  }
  const other = image.collidingTopic(name) ?? unified.get(unifiedTopicName(name));
  if (other === undefined) return undefined;
  return refusal(
    ErrorCode.INVALID_TOPIC_EXCEPTION,
    `Topic '${name}' collides with existing topic: ${other}`,
  );
}

function configProblem({ config }: PlanContext, topic: NewTopic): Refusal | undefined {
  const unset = topic.configs.filter(({ value }) => value === null).map(({ name }) => name);
  if (unset.length > 0) {
    const message = `Null value not supported for topic configs: ${unset.join(", ")}`;
    return refusal(ErrorCode.INVALID_CONFIG, message);
  }
  const overrides: Properties = Object.fromEntries(
    topic.configs.map(({ name, value }) => [name, value ?? ""]),
  );
  const problem = topicOverridesProblem(config, overrides);
  return problem === undefined ? undefined : refusal(ErrorCode.INVALID_CONFIG, problem);
}

function place(context: PlanContext, topic: NewTopic): readonly Replicas[] | Refusal {
  const { partitionCount, replicationFactor } = topic;
  if (replicationFactor < useDefault || replicationFactor === 0) {
    return refusal(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      "Replication factor must be larger than 0, or -1 to use the default value.",
    );
  }
  if (partitionCount < useDefault || partitionCount === 0) {
    return refusal(
      ErrorCode.INVALID_PARTITIONS,
      "Number of partitions was set to an invalid non-positive value.",
    );
  }
  const { numPartitions, defaultReplicationFactor } = context.config;
  return placePartitions(
    context,
    partitionCount === useDefault ? numPartitions : partitionCount,
    replicationFactor === useDefault ? defaultReplicationFactor : replicationFactor,
  );
}

function placedByClient(context: PlanContext, topic: NewTopic): readonly Replicas[] | Refusal {
  const wrong = (what: string): Refusal =>
    refusal(
      ErrorCode.INVALID_REQUEST,
      `A manual partition assignment was specified, but ${what} was not set to -1.`,
    );
  if (topic.replicationFactor !== useDefault) return wrong("replication factor");
  if (topic.partitionCount !== useDefault) return wrong("numPartitions");
  const replicasOf = new Map<number, Replicas>();
  let replicationFactor: number | undefined;
  for (const { index, brokerIds } of topic.assignments) {
    if (replicasOf.has(index)) {
      return refusal(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `Found multiple manual partition assignments for partition ${index}`,
      );
    }
    const problem = placementProblem(context, brokerIds, index, replicationFactor);
    if (problem !== undefined) return problem;
    replicationFactor = brokerIds.length;
    replicasOf.set(index, brokerIds);
  }
  const inOrder = Array.from({ length: replicasOf.size }, (_, index) => replicasOf.get(index));
  const placed = inOrder.filter((replicas) => replicas !== undefined);
  if (placed.length === inOrder.length) return placed;
  return refusal(
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    "partitions should be a consecutive 0-based integer sequence",
  );
}
