// What a ConsumerGroupHeartbeat must look like, whatever the group
// (`GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid`).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { JOIN_EPOCH, LEAVE_EPOCH, STATIC_LEAVE_EPOCH } from "./consumer-group.ts";
import type { HeartbeatArgs } from "./heartbeat-args.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";

/** From here on clients make their own member id (KIP-1082). */
const OWN_MEMBER_ID_VERSION = 1;

export function checkHeartbeat(
  args: HeartbeatArgs,
  assignors: readonly string[],
): Refusal | undefined {
  const problem = problemOf(args);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_REQUEST, problem);
  const { serverAssignor } = args;
  if (serverAssignor === null || assignors.includes(serverAssignor)) return undefined;
  const supported = assignors.join(", ");
  return refusal(
    ErrorCode.UNSUPPORTED_ASSIGNOR,
    `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${supported}.`,
  );
}

function problemOf(args: HeartbeatArgs): string | undefined {
  const needsMemberId =
    args.apiVersion >= OWN_MEMBER_ID_VERSION ||
    args.memberEpoch > JOIN_EPOCH ||
    args.memberEpoch === LEAVE_EPOCH;
  if (needsMemberId && isBlank(args.memberId)) return "MemberId can't be empty.";
  if (isBlank(args.groupId)) return "GroupId can't be empty.";
  if (isBlank(args.instanceId)) return "InstanceId can't be empty.";
  if (isBlank(args.rackId)) return "RackId can't be empty.";
  if (args.memberEpoch === JOIN_EPOCH) return problemOfJoin(args);
  if (args.memberEpoch === STATIC_LEAVE_EPOCH && args.instanceId === null) {
    return "InstanceId can't be null.";
  }
  return args.memberEpoch < STATIC_LEAVE_EPOCH ? "MemberEpoch is invalid." : undefined;
}

function problemOfJoin(args: HeartbeatArgs): string | undefined {
  if (args.rebalanceTimeoutMs === -1) {
    return "RebalanceTimeoutMs must be provided in first request.";
  }
  if (args.topicPartitions?.length !== 0) {
    return "TopicPartitions must be empty when (re-)joining.";
  }
  // Both may be empty: such a member has no topics and still belongs to the group.
  if (args.subscribedTopicNames === null && args.subscribedTopicRegex === null) {
    return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.";
  }
  return undefined;
}

function isBlank(text: string | null): boolean {
  return text !== null && text.trim() === "";
}
