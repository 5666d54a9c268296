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
import type { Change } from "./change.ts";
import type { ConsumerGroup, Member } from "./consumer-group.ts";
import { MemberState, ownerOf, staticMemberOf } from "./consumer-group.ts";
import { awaitClassicMember, extendSession, forgetRebalance } from "./deadlines.ts";
import { checkStatic } from "./member-of-heartbeat.ts";
import { named } from "./named.ts";
import type { Surroundings } from "./surroundings.ts";
import { updateTarget } from "./target.ts";

type ClassicConsumer = Member & { readonly classic: NonNullable<Member["classic"]> };

export function classicHeartbeat(
  change: Change,
  args: Args<"heartbeat">,
  around: Surroundings,
): ErrorCode {
  const { group } = change;
  const member = classicMemberOf(group, args);
  if (typeof member === "number") return member;
  extendSession(group, member, around);
  // There may be nobody else to do it when its time has come.
  updateTarget(change, around);
  if (!mustJoinAgain(group, member)) return ErrorCode.NONE;
  awaitClassicMember(group, member, around);
  return ErrorCode.REBALANCE_IN_PROGRESS;
}

function mustJoinAgain(group: ConsumerGroup, member: Member): boolean {
  if (member.memberEpoch < group.assignmentEpoch) return true;
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
  if (
    group.assignmentEpoch > member.memberEpoch &&
    member.state !== MemberState.UNREVOKED_PARTITIONS
  ) {
    awaitClassicMember(group, member, around);
    return failed(ErrorCode.REBALANCE_IN_PROGRESS);
  }
  forgetRebalance(group, member.memberId);
  extendSession(group, member, around);
  const owned = [...member.assigned].map(([id, epochs]) => [id, epochs.keys()] as const);
  const assignment = writeAssignment(protocol!.metadata, named(owned, around));
  return { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment };
}

/** Who leaves, in the order asked. An administrator removes members of either protocol like this. */
export function leavers(
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
    // Whoever that is now.
    return staticMemberOf(group, groupInstanceId) ?? ErrorCode.UNKNOWN_MEMBER_ID;
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
  if (member.classic === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  if (generationId !== member.memberEpoch) return ErrorCode.ILLEGAL_GENERATION;
  return member as ClassicConsumer;
}

function memberOf(
  group: ConsumerGroup,
  memberId: string,
  groupInstanceId: string | null,
): Member | ErrorCode {
  if (groupInstanceId !== null) {
    const problem = checkStatic(group, memberId, groupInstanceId);
    if (problem !== undefined) return problem.errorCode;
  }
  return group.members.get(memberId) ?? ErrorCode.UNKNOWN_MEMBER_ID;
}
