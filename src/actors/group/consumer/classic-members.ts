// Members that still speak the classic protocol in a consumer group (KIP-848, "Upgrade"): heartbeat,
// sync and leave. Their generation is their member epoch; whatever they have to do next, give up or
// take over, they do by joining again, which heartbeats tell them to.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { noBytes } from "../classic/member.ts";
import { writeAssignment } from "../embedded-protocol.ts";
import type { LeavingMember, LeftMember, SyncReply } from "../messages.ts";
import type { Args } from "../state.ts";
import type { ConsumerGroup, Member } from "./consumer-group.ts";
import { MemberState, ownerOf, staticMemberOf } from "./consumer-group.ts";
import { awaitClassicMember, extendSession, forgetRebalance } from "./deadlines.ts";
import { checkStatic } from "./member-of-heartbeat.ts";
import { named } from "./named.ts";
import type { Surroundings } from "./surroundings.ts";

type ClassicConsumer = Member & { readonly classic: NonNullable<Member["classic"]> };

export function classicHeartbeat(
  group: ConsumerGroup,
  args: Args<"heartbeat">,
  around: Surroundings,
): ErrorCode {
  const member = classicMemberOf(group, args);
  if (typeof member === "number") return member;
  extendSession(group, member, around);
  if (!mustJoinAgain(group, member)) return ErrorCode.NONE;
  awaitClassicMember(group, member, around);
  return ErrorCode.REBALANCE_IN_PROGRESS;
}

function mustJoinAgain(group: ConsumerGroup, member: Member): boolean {
  if (member.memberEpoch < group.groupEpoch) return true;
  if (member.state === MemberState.UNREVOKED_PARTITIONS) return true;
  return member.state === MemberState.UNRELEASED_PARTITIONS && !awaitsOthers(group, member);
}

/** Whether somebody still has what it is to have. */
function awaitsOthers(group: ConsumerGroup, { memberId, assigned }: Member): boolean {
  for (const [topicId, partitions] of group.targets.get(memberId) ?? []) {
    for (const partition of partitions) {
      if (assigned.get(topicId)?.has(partition)) continue;
      if (ownerOf(group, topicId, partition) !== undefined) return true;
    }
  }
  return false;
}

export function classicSync(
  group: ConsumerGroup,
  args: Args<"syncGroup">,
  around: Surroundings,
): SyncReply {
  const failed = (errorCode: ErrorCode): SyncReply => ({
    errorCode,
    protocolType: null,
    protocolName: null,
    assignment: noBytes,
  });
  const member = classicMemberOf(group, args);
  if (typeof member === "number") return failed(member);
  const { protocolType, protocolName } = args;
  const [protocol] = member.classic.supportedProtocols;
  // KIP-559: both sides must mean the same, where they say what they mean.
  const differs =
    (protocolType !== null && protocolType !== "consumer") ||
    (protocolName !== null && protocolName !== protocol!.name);
  if (differs) return failed(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  // One that is giving something up joins once more for that, and catches up then.
  if (group.groupEpoch > member.memberEpoch && member.state !== MemberState.UNREVOKED_PARTITIONS) {
    awaitClassicMember(group, member, around);
    return failed(ErrorCode.REBALANCE_IN_PROGRESS);
  }
  forgetRebalance(group, member.memberId);
  extendSession(group, member, around);
  const owned = [...member.assigned].map(([id, epochs]) => [id, epochs.keys()] as const);
  const assignment = writeAssignment(protocol!.metadata, named(owned, around));
  return { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment };
}

/** Who leaves, in the order asked; members of the consumer protocol leave by a heartbeat. */
export function classicLeavers(
  group: ConsumerGroup,
  leaving: readonly LeavingMember[],
): { readonly left: LeftMember[]; readonly memberIds: readonly string[] } {
  const memberIds = new Set<string>();
  const left = leaving.map(({ memberId, groupInstanceId }) => {
    const found = leaverOf(group, memberId, groupInstanceId);
    const errorCode = typeof found === "number" ? found : ErrorCode.NONE;
    if (typeof found !== "number") memberIds.add(found.memberId);
    return { memberId, groupInstanceId, errorCode };
  });
  return { left, memberIds: [...memberIds] };
}

function leaverOf(
  group: ConsumerGroup,
  memberId: string,
  groupInstanceId: string | null,
): Member | ErrorCode {
  if (memberId === "" && groupInstanceId !== null) {
    // An administrator removes a static member, whoever that is now.
    const member = staticMemberOf(group, groupInstanceId);
    return member === undefined || member.classic === null ? ErrorCode.UNKNOWN_MEMBER_ID : member;
  }
  return memberOf(group, memberId, groupInstanceId);
}

function classicMemberOf(
  group: ConsumerGroup,
  args: Args<"heartbeat">,
): ClassicConsumer | ErrorCode {
  const { memberId, groupInstanceId, generationId } = args;
  const member = memberOf(group, memberId, groupInstanceId);
  if (typeof member === "number") return member;
  return generationId === member.memberEpoch ? member : ErrorCode.ILLEGAL_GENERATION;
}

function memberOf(
  group: ConsumerGroup,
  memberId: string,
  groupInstanceId: string | null,
): ClassicConsumer | ErrorCode {
  if (groupInstanceId !== null) {
    const problem = checkStatic(group, memberId, groupInstanceId);
    if (problem !== undefined) return problem.errorCode;
  }
  const member = group.members.get(memberId);
  if (member === undefined || member.classic === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  return member as ClassicConsumer;
}
