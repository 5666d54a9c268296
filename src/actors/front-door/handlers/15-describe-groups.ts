// DescribeGroups: v0-6. State and members of classic groups.
//
// Version notes:
// - v3: authorized operations
// - v4: static members
// - v6: GROUP_ID_NOT_FOUND (KIP-1043); before, a group that is not there is dead
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeGroupsRequest,
  DescribeGroupsResponse,
} from "../../../protocol/messages/15-describe-groups.ts";
import type { DescribedGroup, Refused } from "../../group/messages.ts";
import { isRefused } from "../../group/messages.ts";
import { groupOperations, NOT_ASKED } from "../authorized-operations.ts";
import { askGroups } from "../groups/ask-group.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const OPERATIONS_FROM_VERSION = 3;
const NOT_FOUND_FROM_VERSION = 6;

export const describeGroups = handler({
  request: DescribeGroupsRequest,
  response: DescribeGroupsResponse,
  versions: [0, 6],

  *handle(context, request) {
    const asked = request.groups.map((groupId) => ({ groupId }));
    const timeoutMs = context.config.requestTimeoutMs;
    const replies = yield* askGroups(context, "describeGroup", asked, timeoutMs);
    const operations =
      context.apiVersion < OPERATIONS_FROM_VERSION
        ? {}
        : {
            authorizedOperations: request.includeAuthorizedOperations ? groupOperations : NOT_ASKED,
          };
    const groups = replies.map((reply, i) => {
      const group = described(context, request.groups[i]!, reply);
      return group.errorCode === ErrorCode.NONE ? { ...group, ...operations } : group;
    });
    return { throttleTimeMs: 0, groups };
  },
});

function described(context: RequestContext, groupId: string, reply: DescribedGroup | Refused) {
  const nothing = { groupId, groupState: "", protocolType: "", protocolData: "", members: [] };
  if (isRefused(reply)) {
    if (reply.refused !== ErrorCode.GROUP_ID_NOT_FOUND) {
      return { ...nothing, errorCode: reply.refused };
    }
    const dead = { ...nothing, groupState: "Dead" };
    if (context.apiVersion < NOT_FOUND_FROM_VERSION) return { ...dead, errorCode: ErrorCode.NONE };
    return { ...dead, errorCode: reply.refused, errorMessage: reply.why ?? null };
  }
  return {
    errorCode: ErrorCode.NONE,
    groupId,
    groupState: reply.state,
    protocolType: reply.protocolType,
    protocolData: reply.protocolName,
    members: reply.members.map(({ metadata, assignment, ...member }) => ({
      ...member,
      memberMetadata: metadata,
      memberAssignment: assignment,
    })),
  };
}
