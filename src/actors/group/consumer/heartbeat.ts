// ConsumerGroupHeartbeat: how members of a consumer group join, learn what they own, tell what they
// have given up, and leave (KIP-848, `GroupMetadataManager.consumerGroupHeartbeat`). One heartbeat
// makes or changes the member and takes it one step towards what it is meant to own (advance.ts).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { compareText } from "../assignors/assignor.ts";
import { advance, hasSameNames, hasSamePartitions } from "./advance.ts";
import type { Change } from "./change.ts";
import type { ConsumerGroup, Member, Owned } from "./consumer-group.ts";
import { JOIN_EPOCH } from "./consumer-group.ts";
import type { HeartbeatArgs, HeartbeatReply, HeartbeatResult } from "./heartbeat-args.ts";
import { leave } from "./leave.ts";
import { findMember, isRefusal } from "./member-of-heartbeat.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";
import { checkPattern } from "./resolve-patterns.ts";
import type { Surroundings } from "./surroundings.ts";

/** The request is one that makes sense (check-heartbeat.ts). What it changes is written to `change`. */
export function heartbeat(
  change: Change,
  args: HeartbeatArgs,
  around: Surroundings,
): HeartbeatResult | Refusal {
  if (args.memberEpoch < JOIN_EPOCH) return leave(change, args, around);
  const { group } = change;
  const full = checkSize(group, args.memberId, around.settings.membersMax);
  if (full !== undefined) return full;
  // Clients of the first version are given an id.
  const memberId = args.memberId === "" ? around.newMemberId() : args.memberId;
  const found = findMember(group, memberId, args);
  if (isRefusal(found)) return found;
  const before = found.member;
  const described = describedBy(before, args);
  const badPattern = checkPattern(group, described.subscribedTopicRegex);
  if (badPattern !== undefined) return badPattern;

  const after = advance(change, { ...found, described, owned: args.topicPartitions }, around);

  const isFull =
    args.rebalanceTimeoutMs !== -1 &&
    (args.subscribedTopicNames !== null || args.subscribedTopicRegex !== null) &&
    args.topicPartitions !== null;
  const tellsAssignment =
    args.memberEpoch === JOIN_EPOCH ||
    isFull ||
    !hasSamePartitions(before.assigned, after.assigned);
  const reply: HeartbeatReply = {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch: after.memberEpoch,
    heartbeatIntervalMs: around.settings.heartbeatIntervalMs,
    assignment: tellsAssignment ? assignmentOf(after.assigned) : null,
  };
  return { reply };
}

export function checkSize(
  group: ConsumerGroup,
  memberId: string,
  membersMax: number,
): Refusal | undefined {
  if (group.members.size < membersMax || group.members.has(memberId)) return undefined;
  const text = `The consumer group has reached its maximum capacity of ${membersMax} members.`;
  return refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, text);
}

/** The member with what the heartbeat says of it; the same one when that is nothing new. */
function describedBy(member: Member, args: HeartbeatArgs): Member {
  const names = args.subscribedTopicNames;
  const next: Member = {
    ...member,
    instanceId: args.instanceId ?? member.instanceId,
    rackId: args.rackId ?? member.rackId,
    rebalanceTimeoutMs:
      args.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : args.rebalanceTimeoutMs,
    serverAssignor: args.serverAssignor ?? member.serverAssignor,
    subscribedTopicNames:
      names === null ? member.subscribedTopicNames : [...new Set(names)].sort(compareText),
    subscribedTopicRegex: args.subscribedTopicRegex ?? member.subscribedTopicRegex,
    clientId: args.clientId,
    clientHost: args.clientHost,
    classic: null,
  };
  const isSame =
    next.instanceId === member.instanceId &&
    next.rackId === member.rackId &&
    next.rebalanceTimeoutMs === member.rebalanceTimeoutMs &&
    next.serverAssignor === member.serverAssignor &&
    next.subscribedTopicRegex === member.subscribedTopicRegex &&
    next.clientId === member.clientId &&
    next.clientHost === member.clientHost &&
    member.classic === null &&
    hasSameNames(next, member);
  return isSame ? member : next;
}

function assignmentOf(owned: Owned): NonNullable<HeartbeatReply["assignment"]> {
  const topicPartitions = [...owned]
    .map(([topicId, epochs]) => ({ topicId, partitions: [...epochs.keys()].sort((a, b) => a - b) }))
    .sort((a, b) => compareText(a.topicId, b.topicId));
  return { topicPartitions };
}
