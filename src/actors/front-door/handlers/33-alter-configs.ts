// AlterConfigs: v0-2. Replaces all configs of a resource: keys that are not named return to their
// defaults.
//
// Version notes:
// - v2: flexible
//
// Lives on: anywhere (part of the front door).

import {
  AlterConfigsRequest,
  AlterConfigsResponse,
} from "../../../protocol/messages/33-alter-configs.ts";
import { askController } from "../ask-controller.ts";
import { alterResponses } from "../config-resources.ts";
import { handler } from "./handler.ts";

export const alterConfigs = handler({
  request: AlterConfigsRequest,
  response: AlterConfigsResponse,
  versions: [0, 2],

  *handle(context, request) {
    const args = {
      resources: request.resources.map(({ resourceType, resourceName, configs }) => ({
        resource: { type: resourceType, name: resourceName },
        configs: configs.map(({ name, value }) => ({ name, value })),
      })),
      validateOnly: request.validateOnly,
    };
    const answer = yield* askController("replaceConfigs", args, context.config.requestTimeoutMs);
    return { throttleTimeMs: 0, responses: alterResponses(request.resources, answer) };
  },
});
