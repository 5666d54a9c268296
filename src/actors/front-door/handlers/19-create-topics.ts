// CreateTopics: v2-7. The controller creates them; the answer comes when every host of this node knows
// the new topics, so a client may produce to them at once.
//
// Version notes:
// - v4: -1 partitions or replicas mean the broker's default
// - v5: the configs in force, partitions and replicas in the response (KIP-525)
// - v7: topic ids
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { describeTopicConfigs } from "../../../config/describe.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from "../../../protocol/messages/19-create-topics.ts";
import type { Draft } from "../../../protocol/schema.ts";
import type { NewTopicResult } from "../../controller/messages.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { errorText } from "../error-text.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type Asked = CreateTopicsRequest["topics"][number];
type TopicResponse = Draft<typeof CreateTopicsResponse>["topics"][number];

export const createTopics = handler({
  request: CreateTopicsRequest,
  response: CreateTopicsResponse,
  versions: [2, 7],

  *handle(context, request) {
    const { validateOnly, timeoutMs } = request;
    const args = { topics: request.topics.map(newTopic), validateOnly };
    const answer = yield* askController("createTopics", args, timeoutMs);
    const topics = answer.ok
      ? answer.value.results.map((result) => topicResponse(context, request.topics, result))
      : request.topics.map(({ name }) => refusal(name, errorOfController(answer), null));
    return { throttleTimeMs: 0, topics };
  },
});

function newTopic({ name, numPartitions, replicationFactor, assignments, configs }: Asked) {
  return {
    name,
    partitionCount: numPartitions,
    replicationFactor,
    assignments: assignments.map(({ partitionIndex, brokerIds }) => ({
      index: partitionIndex,
      brokerIds,
    })),
    configs: configs.map((config) => ({ name: config.name, value: config.value })),
  };
}

function topicResponse(
  { config }: RequestContext,
  asked: readonly Asked[],
  result: NewTopicResult,
): TopicResponse {
  const { name, topicId, errorCode, errorMessage, partitionCount, replicationFactor } = result;
  if (errorCode !== ErrorCode.NONE) return refusal(name, errorCode, errorMessage);
  const overrides = asked.find((topic) => topic.name === name)?.configs ?? [];
  return {
    name,
    topicId,
    errorCode,
    errorMessage: null,
    numPartitions: partitionCount,
    replicationFactor,
    configs: describeTopicConfigs(
      config,
      Object.fromEntries(overrides.map((each) => [each.name, each.value ?? ""])),
      null,
    ).map((described) => ({
      name: described.name,
      value: described.value,
      readOnly: described.readOnly,
      configSource: described.source,
      isSensitive: described.isSensitive,
    })),
  };
}

function refusal(name: string, errorCode: ErrorCode, errorMessage: string | null): TopicResponse {
  return {
    name,
    topicId: ZERO_UUID,
    errorCode,
    errorMessage: errorText(errorMessage),
    numPartitions: -1,
    replicationFactor: -1,
    configs: [],
  };
}
