// DescribeTopicPartitions: v0 (KIP-966). Topics with their partitions in pages: a response holds a
// bounded number of partitions, and a cursor says where the next one goes on. Topics come sorted by
// name; a request that names none means all.
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { topicNameProblem } from "../../../metadata/topic-names.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from "../../../protocol/messages/75-describe-topic-partitions.ts";
import type { Draft } from "../../../protocol/schema.ts";
import { topicOperations } from "../authorized-operations.ts";
import { PartitionDescriber } from "../partition-describer.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type Response = Draft<typeof DescribeTopicPartitionsResponse>;
type TopicResponse = Response["topics"][number];
type Cursor = { readonly topicName: string; readonly partitionIndex: number };

export const describeTopicPartitions = handler({
  request: DescribeTopicPartitionsRequest,
  response: DescribeTopicPartitionsResponse,
  versions: [0, 0],

  *handle(context, request) {
    const { cursor } = request;
    const describesAll = request.topics.length === 0;
    const names = describesAll
      ? context.image.topics().map(({ name }) => name)
      : [...new Set(request.topics.map(({ name }) => name))].sort();
    const from = cursor === null ? names : names.filter((name) => name >= cursor.topicName);
    if (cursor !== null) {
      const isAmongThem = describesAll || names.includes(cursor.topicName);
      if (!isAmongThem || cursor.partitionIndex < 0) return refuseAll(request);
    }
    const limit = Math.min(
      context.config.maxRequestPartitionSizeLimit,
      request.responsePartitionLimit,
    );
    return page(context, from, cursor, Math.max(1, limit));
  },
});

/** A cursor that points nowhere: the response has no place for an error of the whole request. */
function refuseAll({ topics }: DescribeTopicPartitionsRequest): Response {
  const errorCode = ErrorCode.INVALID_REQUEST;
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => ({ errorCode, name, topicId: ZERO_UUID, partitions: [] })),
    nextCursor: null,
  };
}

function page(
  context: RequestContext,
  names: readonly string[],
  cursor: Cursor | null,
  limit: number,
): Response {
  const describer = new PartitionDescriber(context, DescribeTopicPartitionsRequest.apiKey);
  const topics: TopicResponse[] = [];
  let left = limit;
  for (const topicName of names) {
    if (left <= 0)
      return { throttleTimeMs: 0, topics, nextCursor: { topicName, partitionIndex: 0 } };
    const topic = context.image.topicByName(topicName);
    if (topic === undefined) {
      topics.push(unknownTopic(topicName));
      continue;
    }
    const first = cursor?.topicName === topicName ? cursor.partitionIndex : 0;
    const partitions = topic.partitions.slice(first, first + left);
    left -= partitions.length;
    topics.push({
      errorCode: ErrorCode.NONE,
      name: topicName,
      topicId: topic.topicId,
      isInternal: topic.isInternal,
      partitions: partitions.map((state) => ({
        ...describer.describe(state),
        eligibleLeaderReplicas: state.eligibleLeaderReplicas ?? [],
        lastKnownElr: state.lastKnownElr ?? [],
      })),
      topicAuthorizedOperations: topicOperations,
    });
    const next = first + partitions.length;
    if (next < topic.partitions.length) {
      return { throttleTimeMs: 0, topics, nextCursor: { topicName, partitionIndex: next } };
    }
  }
  return { throttleTimeMs: 0, topics, nextCursor: null };
}

function unknownTopic(name: string): TopicResponse {
  const isLegal = topicNameProblem(name) === undefined;
  return {
    errorCode: isLegal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: ZERO_UUID,
    partitions: [],
    topicAuthorizedOperations: topicOperations,
  };
}
