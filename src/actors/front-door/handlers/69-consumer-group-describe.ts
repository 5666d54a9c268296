// ConsumerGroupDescribe: v0-1. State, epochs and members of consumer groups (KIP-848).
//
// Version notes:
// - v1: which protocol a member speaks (KIP-1099)
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "../../../protocol/messages/69-consumer-group-describe.ts";
import type { AssignedTopic, DescribedConsumerGroup, Refused } from "../../group/messages.ts";
import { isRefused } from "../../group/messages.ts";
import { groupOperations, NOT_ASKED } from "../authorized-operations.ts";
import { askGroups } from "../groups/ask-group.ts";
import { isConsumerProtocolServed } from "../groups/consumer-protocol.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const MemberType = { CLASSIC: 0, CONSUMER: 1 } as const;

export const consumerGroupDescribe = handler({
  request: ConsumerGroupDescribeRequest,
  response: ConsumerGroupDescribeResponse,
  versions: [0, 1],

  *handle(context, request) {
    const { groupIds, includeAuthorizedOperations } = request;
    const asked = groupIds.filter((groupId) => groupId !== "").map((groupId) => ({ groupId }));
    const timeoutMs = context.config.requestTimeoutMs;
    const replies = isConsumerProtocolServed(context)
      ? yield* askGroups(context, "describeConsumerGroup", asked, timeoutMs)
      : asked.map(() => ({ refused: ErrorCode.UNSUPPORTED_VERSION }));
    const authorizedOperations = includeAuthorizedOperations ? groupOperations : NOT_ASKED;
    let place = 0;
    const groups = groupIds.map((groupId) => {
      const reply = groupId === "" ? { refused: ErrorCode.INVALID_GROUP_ID } : replies[place++]!;
      const group = described(context, groupId, reply);
      return group.errorCode === ErrorCode.NONE ? { ...group, authorizedOperations } : group;
    });
    return { throttleTimeMs: 0, groups };
  },
});

function described(
  context: RequestContext,
  groupId: string,
  reply: DescribedConsumerGroup | Refused,
) {
  if (isRefused(reply)) {
    return {
      errorCode: reply.refused,
      errorMessage: reply.why ?? null,
      groupId,
      groupState: "",
      groupEpoch: 0,
      assignmentEpoch: 0,
      assignorName: "",
      members: [],
    };
  }
  const { state, groupEpoch, assignmentEpoch, assignorName } = reply;
  const members = reply.members.map(({ assigned, target, isClassic, ...member }) => ({
    ...member,
    assignment: named(context, assigned),
    targetAssignment: named(context, target),
    memberType: isClassic ? MemberType.CLASSIC : MemberType.CONSUMER,
  }));
  const { NONE: errorCode } = ErrorCode;
  return {
    errorCode,
    groupId,
    groupState: state,
    groupEpoch,
    assignmentEpoch,
    assignorName,
    members,
  };
}

/** Topics that are gone cannot be told. */
function named({ image }: RequestContext, topics: readonly AssignedTopic[]) {
  const topicPartitions = topics.flatMap(({ topicId, partitions }) => {
    const topicName = image.topicById(topicId)?.name;
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
  });
  return { topicPartitions };
}
