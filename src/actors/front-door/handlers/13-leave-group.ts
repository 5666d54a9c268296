// LeaveGroup: v0-5. Members leave a classic group.
//
// Version notes:
// - v0-v2: one member, whose error is that of the request
// - v3: several, by instance id as well (KIP-345)
// - v5: reasons (KIP-800)
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  LeaveGroupRequest,
  LeaveGroupResponse,
} from "../../../protocol/messages/13-leave-group.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import { handler } from "./handler.ts";

const BATCHED_FROM_VERSION = 3;

export const leaveGroup = handler({
  request: LeaveGroupRequest,
  response: LeaveGroupResponse,
  versions: [0, 5],

  *handle(context, request) {
    const { groupId } = request;
    if (groupId === "") return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_GROUP_ID };
    const isBatched = context.apiVersion >= BATCHED_FROM_VERSION;
    const members = isBatched
      ? request.members
      : [{ memberId: request.memberId, groupInstanceId: null, reason: null }];
    const args = { groupId, members };
    const reply = yield* askGroup(context, "leaveGroup", args, context.config.requestTimeoutMs);
    if (isRefused(reply)) return { throttleTimeMs: 0, errorCode: reply.refused };
    if (isBatched) return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, members: reply.members };
    return { throttleTimeMs: 0, errorCode: reply.members[0]?.errorCode ?? ErrorCode.NONE };
  },
});
