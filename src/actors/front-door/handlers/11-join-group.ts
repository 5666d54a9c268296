// JoinGroup: v0-9. A member enters a classic group and waits for its next generation.
//
// Version notes:
// - v0: the session timeout is the rebalance timeout too
// - v4: a new member is told its id and comes again with it (KIP-394)
// - v5: static members (KIP-345)
// - v7: without a protocol, null instead of ""
// - v9: a leader may be told to leave the assignment as it is (KIP-814)
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../../protocol/messages/11-join-group.ts";
import type { JoinReply } from "../../group/messages.ts";
import { isRefused, noJoin } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const REBALANCE_TIMEOUT_FROM_VERSION = 1;
const KNOWN_MEMBER_ID_FROM_VERSION = 4;
const NULL_PROTOCOL_FROM_VERSION = 7;
const SKIP_ASSIGNMENT_FROM_VERSION = 9;

export const joinGroup = handler({
  request: JoinGroupRequest,
  response: JoinGroupResponse,
  versions: [0, 9],

  *handle(context, request) {
    const { apiVersion, clientId, connection } = context;
    const error = problemOf(context, request);
    if (error !== ErrorCode.NONE) return response(context, noJoin(error, request.memberId));
    const args = {
      groupId: request.groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      clientId: clientId ?? "",
      clientHost: `/${connection.facts.remote.host}`,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs:
        apiVersion >= REBALANCE_TIMEOUT_FROM_VERSION
          ? request.rebalanceTimeoutMs
          : request.sessionTimeoutMs,
      protocolType: request.protocolType,
      // The frame goes back to its lender with the answer.
      protocols: request.protocols.map(({ name, metadata }) => ({
        name,
        metadata: metadata.slice(),
      })),
      requiresKnownMemberId: apiVersion >= KNOWN_MEMBER_ID_FROM_VERSION,
      supportsSkippingAssignment: apiVersion >= SKIP_ASSIGNMENT_FROM_VERSION,
      reason: request.reason,
    };
    // Parked for as long as the members want to wait for one another; the group bounds that.
    const reply = yield* askGroup(context, "joinGroup", args, Infinity);
    return response(context, isRefused(reply) ? noJoin(reply.refused, request.memberId) : reply);
  },
});

function problemOf({ config }: RequestContext, request: JoinGroupRequest): ErrorCode {
  const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = config.group;
  const { groupId, sessionTimeoutMs } = request;
  if (groupId === "") return ErrorCode.INVALID_GROUP_ID;
  return sessionTimeoutMs < sessionTimeoutMinMs || sessionTimeoutMs > sessionTimeoutMaxMs
    ? ErrorCode.INVALID_SESSION_TIMEOUT
    : ErrorCode.NONE;
}

function response({ apiVersion }: RequestContext, reply: JoinReply) {
  const { protocolName } = reply;
  return {
    throttleTimeMs: 0,
    ...reply,
    protocolName: apiVersion >= NULL_PROTOCOL_FROM_VERSION ? protocolName : (protocolName ?? ""),
    skipAssignment: apiVersion >= SKIP_ASSIGNMENT_FROM_VERSION && reply.skipAssignment,
  };
}
