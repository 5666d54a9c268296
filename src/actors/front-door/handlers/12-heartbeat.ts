// Heartbeat: v0-4. A member of a classic group is alive.
//
// Version notes:
// - v3: static members (KIP-345)
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../../protocol/messages/12-heartbeat.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import { handler } from "./handler.ts";

export const heartbeat = handler({
  request: HeartbeatRequest,
  response: HeartbeatResponse,
  versions: [0, 4],

  *handle(context, request) {
    const { groupId, generationId, memberId, groupInstanceId } = request;
    if (groupId === "") return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_GROUP_ID };
    const args = { groupId, generationId, memberId, groupInstanceId };
    const reply = yield* askGroup(context, "heartbeat", args, context.config.requestTimeoutMs);
    const errorCode = isRefused(reply) ? reply.refused : reply.errorCode;
    // Nobody's session ends while groups are being loaded (`GroupCoordinatorService.heartbeat`).
    const isLoading = errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    return { throttleTimeMs: 0, errorCode: isLoading ? ErrorCode.NONE : errorCode };
  },
});
