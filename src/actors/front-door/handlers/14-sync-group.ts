// SyncGroup: v0-5. The leader of a classic group hands out the assignments, all others fetch theirs.
//
// Version notes:
// - v3: static members (KIP-345)
// - v5: protocol type and name are compared (KIP-559)
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { SyncGroupRequest, SyncGroupResponse } from "../../../protocol/messages/14-sync-group.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import { handler } from "./handler.ts";

const PROTOCOL_FROM_VERSION = 5;
const noBytes = new Uint8Array(0);

export const syncGroup = handler({
  request: SyncGroupRequest,
  response: SyncGroupResponse,
  versions: [0, 5],

  *handle(context, request) {
    // KIP-559: from then on they are always said (`SyncGroupRequest`).
    const isUnsaid = request.protocolType === null || request.protocolName === null;
    if (isUnsaid && context.apiVersion >= PROTOCOL_FROM_VERSION) {
      return refused(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    if (request.groupId === "") return refused(ErrorCode.INVALID_GROUP_ID);
    const args = {
      groupId: request.groupId,
      generationId: request.generationId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      protocolType: request.protocolType,
      protocolName: request.protocolName,
      // The frame goes back to its lender with the answer.
      assignments: request.assignments.map(({ memberId, assignment }) => ({
        memberId,
        assignment: assignment.slice(),
      })),
    };
    // Parked until the leader has come; the group bounds that.
    const reply = yield* askGroup(context, "syncGroup", args, Infinity);
    return isRefused(reply) ? refused(reply.refused) : { throttleTimeMs: 0, ...reply };
  },
});

function refused(errorCode: ErrorCode) {
  return { throttleTimeMs: 0, errorCode, assignment: noBytes };
}
