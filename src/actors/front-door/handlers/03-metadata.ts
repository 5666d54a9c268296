// Metadata: v0-13. Brokers, and topics with their partitions, out of the image: nobody is asked.
//
// A topic that does not exist is answered with error 3 and, where broker and request allow it, created
// meanwhile; the client asks again, as it does for any topic that is not there yet.
//
// Version notes:
// - v0: no topics means all of them; from v1 null does, and none means none
// - v4: the request may forbid creation
// - v5: offline replicas; v7: leader epochs
// - v8: authorized operations; those of the cluster until v10
// - v10: topic ids in the response; v12: topics may be asked for by id
// - v13: an error of the whole request
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import type { TopicState } from "../../../metadata/image.ts";
import { isInternalTopic, topicNameProblem } from "../../../metadata/topic-names.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import { MetadataRequest, MetadataResponse } from "../../../protocol/messages/03-metadata.ts";
import type { Draft } from "../../../protocol/schema.ts";
import { clusterOperations, NOT_ASKED, topicOperations } from "../authorized-operations.ts";
import { aliveEndpoints, anyController } from "../endpoints.ts";
import { PartitionDescriber } from "../partition-describer.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type Response = Draft<typeof MetadataResponse>;
type TopicResponse = Response["topics"][number];
type Asked = NonNullable<MetadataRequest["topics"]>[number];

const NULL_MEANS_ALL_FROM_VERSION = 1;
const IDS_IN_REQUEST_FROM_VERSION = 12;

export const metadata = handler({
  request: MetadataRequest,
  response: MetadataResponse,
  versions: [0, 13],

  *handle(context, request) {
    if (namesByIdTooEarly(context, request)) {
      const errorCode = ErrorCode.INVALID_REQUEST;
      return { throttleTimeMs: 0, brokers: [], topics: refuseAll(request), errorCode };
    }
    const alive = aliveEndpoints(context);
    const topics = describeTopics(context, request);
    const { apiVersion, desk } = context;
    return {
      throttleTimeMs: 0,
      brokers: alive,
      clusterId: desk.clusterId,
      controllerId: anyController(context, alive),
      topics,
      ...(apiVersion >= 8 && apiVersion <= 10
        ? {
            clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
              ? clusterOperations
              : NOT_ASKED,
          }
        : {}),
      errorCode: ErrorCode.NONE,
    };
  },
});

/** v10 and v11 have the fields for it, but brokers of their time could not serve it (KIP-516). */
function namesByIdTooEarly({ apiVersion }: RequestContext, { topics }: MetadataRequest): boolean {
  if (topics === null || apiVersion >= IDS_IN_REQUEST_FROM_VERSION) return false;
  return topics.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID);
}

function refuseAll({ topics }: MetadataRequest): TopicResponse[] {
  return (topics ?? []).map(({ name, topicId }) => ({
    errorCode: ErrorCode.INVALID_REQUEST,
    name: name ?? "",
    topicId,
    partitions: [],
  }));
}

function describeTopics(context: RequestContext, request: MetadataRequest): TopicResponse[] {
  const describe = topicDescriber(context, request);
  const { topics } = request;
  const emptyMeansAll = context.apiVersion < NULL_MEANS_ALL_FROM_VERSION;
  if (topics === null || (emptyMeansAll && topics.length === 0)) {
    return context.image.topics().map(describe);
  }
  // If any topic is named by its id, names are not looked at (KafkaApis.handleTopicMetadataRequest).
  return topics.some(({ topicId }) => topicId !== ZERO_UUID)
    ? describeById(context, topics, describe)
    : describeByName(context, request, topics, describe);
}

function describeById(
  { image }: RequestContext,
  topics: readonly Asked[],
  describe: (topic: TopicState) => TopicResponse,
): TopicResponse[] {
  const ids = new Set(topics.map(({ topicId }) => topicId));
  ids.delete(ZERO_UUID);
  return [...ids].map((topicId) => {
    const topic = image.topicById(topicId);
    if (topic !== undefined) return describe(topic);
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId, partitions: [] };
  });
}

function describeByName(
  context: RequestContext,
  request: MetadataRequest,
  topics: readonly Asked[],
  describe: (topic: TopicState) => TopicResponse,
): TopicResponse[] {
  const missing: string[] = [];
  const operations = operationsAsked(context, request);
  const names = new Set(topics.map(({ name }) => name ?? ""));
  const responses = [...names].map((name): TopicResponse => {
    const topic = context.image.topicByName(name);
    if (topic !== undefined) return describe(topic);
    const isLegal = topicNameProblem(name) === undefined;
    if (isLegal) missing.push(name);
    return {
      errorCode: isLegal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
      name,
      topicId: ZERO_UUID,
      isInternal: isInternalTopic(name),
      partitions: [],
      ...operations,
    };
  });
  if (request.allowAutoTopicCreation && context.config.autoCreateTopics) {
    // Internal topics are made by whoever coordinates through them, with settings of their own.
    context.desk.autoCreation.start(missing.filter((name) => !isInternalTopic(name)));
  }
  return responses;
}

function topicDescriber(context: RequestContext, request: MetadataRequest) {
  const partitions = new PartitionDescriber(context);
  const operations = operationsAsked(context, request);
  return (topic: TopicState): TopicResponse => ({
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map((state) => partitions.describe(state)),
    ...operations,
  });
}

function operationsAsked({ apiVersion }: RequestContext, request: MetadataRequest) {
  if (apiVersion < 8) return {};
  const { includeTopicAuthorizedOperations: isAsked } = request;
  return { topicAuthorizedOperations: isAsked ? topicOperations : NOT_ASKED };
}
