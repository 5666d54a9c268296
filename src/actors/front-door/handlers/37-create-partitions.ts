// CreatePartitions: v0-3. A topic gets more partitions; it can never get fewer.
//
// Version notes:
// - v2: flexible
// - v3: a quota may refuse it; there are no quotas
//
// Lives on: anywhere (part of the front door).

import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from "../../../protocol/messages/37-create-partitions.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { errorText } from "../error-text.ts";
import { handler } from "./handler.ts";

export const createPartitions = handler({
  request: CreatePartitionsRequest,
  response: CreatePartitionsResponse,
  versions: [0, 3],

  *handle(_context, request) {
    const { validateOnly, timeoutMs } = request;
    const topics = request.topics.map(({ name, count, assignments }) => ({
      name,
      count,
      assignments: assignments?.map(({ brokerIds }) => brokerIds) ?? null,
    }));
    const answer = yield* askController("createPartitions", { topics, validateOnly }, timeoutMs);
    const results = answer.ok
      ? answer.value.results.map(({ name, errorCode, errorMessage }) => ({
          name,
          errorCode,
          errorMessage: errorText(errorMessage),
        }))
      : topics.map(({ name }) => ({ name, errorCode: errorOfController(answer) }));
    return { throttleTimeMs: 0, results };
  },
});
