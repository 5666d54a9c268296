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
import { askController, errorOfController } from "../ask-controller.ts";
import { errorText } from "../error-text.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type Asked = { readonly name: string | null; readonly topicId: string };

const STRUCTS_FROM_VERSION = 6;
const DISABLED_FROM_VERSION = 3;

export const deleteTopics = handler({
  request: DeleteTopicsRequest,
  response: DeleteTopicsResponse,
  versions: [1, 6],

  *handle(context, request) {
    const topics = namedBy(context, request);
    const answer = yield* askController("deleteTopics", { topics }, request.timeoutMs);
    const responses = answer.ok
      ? answer.value.results.map(({ name, topicId, errorCode, errorMessage }) => ({
          name,
          topicId,
          errorCode: errorFor(context, errorCode),
          errorMessage: errorText(errorMessage),
        }))
      : topics.map((topic) => ({ ...topic, errorCode: errorOfController(answer) }));
    return { throttleTimeMs: 0, responses };
  },
});

function namedBy({ apiVersion }: RequestContext, request: DeleteTopicsRequest): readonly Asked[] {
  if (apiVersion >= STRUCTS_FROM_VERSION) {
    return request.topics.map(({ name, topicId }) => ({ name, topicId }));
  }
  return request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
}

function errorFor({ apiVersion }: RequestContext, errorCode: ErrorCode): ErrorCode {
  const isNew = errorCode === ErrorCode.TOPIC_DELETION_DISABLED;
  return isNew && apiVersion < DISABLED_FROM_VERSION ? ErrorCode.INVALID_REQUEST : errorCode;
}
