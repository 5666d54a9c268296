// JoinGroup of a member that speaks the classic protocol in a consumer group
// (`GroupMetadataManager.classicGroupJoinToConsumerGroup`). Nobody waits for the others here, and
// nobody leads: the coordinator assigns, and each member is a step further with each of its joins.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { compareText } from "../assignors/assignor.ts";
import type { ConsumerProtocolSubscription } from "../../../protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { CONSUMER_PROTOCOL_TYPE } from "../classic/classic-group.ts";
import { readSubscription } from "../embedded-protocol.ts";
import type { JoinArgs, JoinReply } from "../messages.ts";
import { noJoin } from "../messages.ts";
import { advance } from "./advance.ts";
import type { Change } from "./change.ts";
import type { ConsumerGroup, Member } from "./consumer-group.ts";
import { newMember, staticMemberOf } from "./consumer-group.ts";
import { awaitClassicMember, forgetRebalance } from "./deadlines.ts";
import type { ListedPartitions } from "./heartbeat-args.ts";
import { checkSize } from "./heartbeat.ts";
import { checkStatic, isRefusal, replacing } from "./member-of-heartbeat.ts";
import type { Found } from "./member-of-heartbeat.ts";
import { refusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";

export function classicJoin(change: Change, args: JoinArgs, around: Surroundings): JoinReply {
  const { group } = change;
  const isNew = args.memberId === "";
  const memberId = isNew ? around.newMemberId() : args.memberId;
  const full = checkSize(group, memberId, around.settings.membersMax);
  if (full !== undefined) return noJoin(full.errorCode, "");
  if (!supports(group, memberId, args)) {
    return noJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "");
  }
  // Kafka looks at what a member subscribes to when it comes to stay.
  if (isNew && args.groupInstanceId === null && args.requiresKnownMemberId) {
    return noJoin(ErrorCode.MEMBER_ID_REQUIRED, memberId);
  }
  const subscription = readSubscription(args.protocols[0]?.metadata ?? new Uint8Array(0));
  if (subscription === undefined) return noJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "");
  const found = findMember(group, memberId, isNew, args.groupInstanceId);
  if (isRefusal(found)) return noJoin(found.errorCode, memberId);
  const described = describedBy(found.member, args, subscription);
  const owned = listed(subscription, around);
  const after = advance(change, { ...found, described, owned }, around);
  // It is to ask for its assignment within that time.
  forgetRebalance(group, memberId);
  awaitClassicMember(group, after, around);
  return {
    ...noJoin(ErrorCode.NONE, memberId),
    generationId: after.memberEpoch,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName: args.protocols[0]!.name,
  };
}

/** Some protocol must be one that all others of its kind know as well. */
function supports(group: ConsumerGroup, memberId: string, args: JoinArgs): boolean {
  if (args.protocolType !== CONSUMER_PROTOCOL_TYPE) return false;
  const others = [...group.members.values()].filter(
    (member) => member.classic !== null && member.memberId !== memberId,
  );
  return args.protocols.some(({ name }) =>
    others.every(({ classic }) => classic!.supportedProtocols.some((each) => each.name === name)),
  );
}

function findMember(
  group: ConsumerGroup,
  memberId: string,
  isNew: boolean,
  instanceId: string | null,
): Found {
  if (instanceId !== null) {
    const old = staticMemberOf(group, instanceId);
    if (isNew && old !== undefined) return replacing(old, memberId);
    const problem = isNew ? undefined : checkStatic(group, memberId, instanceId);
    if (problem !== undefined) return problem;
  }
  const member = group.members.get(memberId);
  if (member?.classic === null) {
    return refusal(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} speaks another protocol.`);
  }
  return { member: member ?? newMember(memberId) };
}

function describedBy(
  member: Member,
  args: JoinArgs,
  { topics, rackId }: ConsumerProtocolSubscription,
): Member {
  return {
    ...member,
    instanceId: args.groupInstanceId ?? member.instanceId,
    rackId: rackId ?? member.rackId,
    clientId: args.clientId,
    clientHost: args.clientHost,
    subscribedTopicNames: [...new Set(topics)].sort(compareText),
    subscribedTopicRegex: "",
    rebalanceTimeoutMs: args.rebalanceTimeoutMs,
    classic: { sessionTimeoutMs: args.sessionTimeoutMs, supportedProtocols: args.protocols },
  };
}

/** Members of the eager protocols own nothing when they join. */
function listed(
  { ownedPartitions }: ConsumerProtocolSubscription,
  { topics }: Surroundings,
): ListedPartitions {
  return ownedPartitions.flatMap(({ topic, partitions }) => {
    const topicId = topics.byName(topic)?.topicId;
    return topicId === undefined ? [] : [{ topicId, partitions }];
  });
}
