// IncrementalAlterConfigs: v0-1 (KIP-339). Edits single keys: 0 sets, 1 deletes, 2 and 3 add to and
// take from a list.
//
// Version notes:
// - v1: flexible
//
// Lives on: anywhere (part of the front door).

import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../../../protocol/messages/44-incremental-alter-configs.ts";
import { askController } from "../ask-controller.ts";
import { alterResponses } from "../config-resources.ts";
import { handler } from "./handler.ts";

export const incrementalAlterConfigs = handler({
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,
  versions: [0, 1],

  *handle(context, request) {
    const args = {
      resources: request.resources.map(({ resourceType, resourceName, configs }) => ({
        resource: { type: resourceType, name: resourceName },
        changes: configs.map(({ name, configOperation, value }) => ({
          name,
          operation: configOperation,
          value,
        })),
      })),
      validateOnly: request.validateOnly,
    };
    const answer = yield* askController("changeConfigs", args, context.config.requestTimeoutMs);
    return { throttleTimeMs: 0, responses: alterResponses(request.resources, answer) };
  },
});
