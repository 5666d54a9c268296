// DeleteTopics: v1-6. From the answer on, produce and fetch know the topic no more; its files go later.
//
// Version notes:
// - v3: TOPIC_DELETION_DISABLED
// - v5: messages beside errors
// - v6: topics by name or id, one of the two
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
} from "../../../protocol/messages/20-delete-topics.ts";
import type { Draft } from "../../../protocol/schema.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { duplicatesAmong } from "../duplicates.ts";
import { errorText } from "../error-text.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type Asked = { readonly name: string | null; readonly topicId: string };
type TopicResponse = Draft<typeof DeleteTopicsResponse>["responses"][number];

const STRUCTS_FROM_VERSION = 6;
const DISABLED_FROM_VERSION = 3;

export const deleteTopics = handler({
  request: DeleteTopicsRequest,
  response: DeleteTopicsResponse,
  versions: [1, 6],

  *handle(context, request) {
    const topics = namedBy(context, request);
    if (!context.config.deleteTopicEnable) return refuseAll(context, topics);
    const problems = problemsOf(context, topics);
    const refused = topics.flatMap((topic, place) => {
      const problem = problems[place];
      return problem === undefined ? [] : [refusal(topic, ErrorCode.INVALID_REQUEST, problem)];
    });
    const asked = topics.filter((_, place) => problems[place] === undefined);
    if (asked.length === 0) return { throttleTimeMs: 0, responses: refused };

    const answer = yield* askController("deleteTopics", { topics: asked }, request.timeoutMs);
    const responses = answer.ok
      ? answer.value.results.map((result) => ({
          ...result,
          errorMessage: errorText(result.errorMessage),
        }))
      : asked.map((topic) => refusal(topic, errorOfController(answer), null));
    return { throttleTimeMs: 0, responses: [...responses, ...refused] };
  },
});

function namedBy({ apiVersion }: RequestContext, request: DeleteTopicsRequest): readonly Asked[] {
  if (apiVersion >= STRUCTS_FROM_VERSION) return request.topics;
  return request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
}

/** Per topic, why it is not even looked for (ControllerApis.deleteTopics). */
function problemsOf({ image }: RequestContext, topics: readonly Asked[]): (string | undefined)[] {
  const names = topics.map(({ name }) => name).filter((name) => name !== null);
  const ids = topics.map(({ topicId }) => topicId).filter((topicId) => topicId !== ZERO_UUID);
  const repeatedNames = duplicatesAmong(names);
  const repeatedIds = duplicatesAmong(ids);
  const idsOfNames = new Set(names.map((name) => image.topicByName(name)?.topicId));
  return topics.map(({ name, topicId }) => {
    const hasId = topicId !== ZERO_UUID;
    if (name === null && !hasId) return "Neither topic name nor id were specified.";
    if (name !== null && hasId) return "You may not specify both topic name and topic id.";
    if (name !== null && repeatedNames.has(name)) return "Duplicate topic name.";
    if (repeatedIds.has(topicId)) return "Duplicate topic id.";
    if (hasId && idsOfNames.has(topicId)) {
      return "The provided topic name maps to an ID that was already supplied.";
    }
    return undefined;
  });
}

function refuseAll({ apiVersion }: RequestContext, topics: readonly Asked[]) {
  const errorCode =
    apiVersion >= DISABLED_FROM_VERSION
      ? ErrorCode.TOPIC_DELETION_DISABLED
      : ErrorCode.INVALID_REQUEST;
  const responses = topics.map((topic) => refusal(topic, errorCode, "Topic deletion is disabled."));
  return { throttleTimeMs: 0, responses };
}

function refusal(
  { name, topicId }: Asked,
  errorCode: ErrorCode,
  errorMessage: string | null,
): TopicResponse {
  return { name, topicId, errorCode, errorMessage };
}
