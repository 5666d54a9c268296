// Which member a heartbeat comes from, and whether it may be that member
// (`GroupMetadataManager.getOrMaybeSubscribe{Dynamic,Static}ConsumerGroupMember`).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { ConsumerGroup, Member, Owned } from "./consumer-group.ts";
import { JOIN_EPOCH, newMember, STATIC_LEAVE_EPOCH, staticMemberOf } from "./consumer-group.ts";
import type { HeartbeatArgs, ListedPartitions } from "./heartbeat-args.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";

export type Found =
  | {
      readonly member: Member;
      /** The static member whose place it takes. */ readonly replaces?: Member;
    }
  | Refusal;

export function isRefusal(found: object): found is Refusal {
  return "errorCode" in found;
}

/** `memberId` is that of the request, or a new one. Changes nothing. */
export function findMember(group: ConsumerGroup, memberId: string, args: HeartbeatArgs): Found {
  const { instanceId, memberEpoch, topicPartitions } = args;
  const isJoining = memberEpoch === JOIN_EPOCH;
  if (instanceId !== null) {
    return isJoining
      ? joinAsStatic(group, memberId, instanceId)
      : (checkStatic(group, memberId, instanceId) ??
          checkEpoch(staticMemberOf(group, instanceId)!, memberEpoch, topicPartitions));
  }
  const member = group.members.get(memberId);
  if (member !== undefined) return checkEpoch(member, memberEpoch, topicPartitions);
  return isJoining ? { member: newMember(memberId) } : unknownMember(group, memberId);
}

export function unknownMember(group: ConsumerGroup, memberId: string): Refusal {
  const text = `Member ${memberId} is not a member of group ${group.groupId}.`;
  return refusal(ErrorCode.UNKNOWN_MEMBER_ID, text);
}

function joinAsStatic(group: ConsumerGroup, memberId: string, instanceId: string): Found {
  const old = staticMemberOf(group, instanceId);
  if (old === undefined) return { member: group.members.get(memberId) ?? newMember(memberId) };
  // A member of the classic protocol gives way at once: that is how a group is migrated.
  if (old.classic === null && old.memberEpoch !== STATIC_LEAVE_EPOCH) {
    return refusal(
      ErrorCode.UNRELEASED_INSTANCE_ID,
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because ` +
        `the instance id is owned by ${old.memberId} member.`,
    );
  }
  return replacing(old, memberId);
}

export function replacing(old: Member, memberId: string): Found {
  const member = { ...old, memberId, memberEpoch: JOIN_EPOCH, previousMemberEpoch: JOIN_EPOCH };
  return { member, replaces: old };
}

/** Whether the instance id is that member's. */
export function checkStatic(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string,
): Refusal | undefined {
  const member = staticMemberOf(group, instanceId);
  if (member === undefined) {
    return refusal(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
  }
  if (member.memberId === memberId) return undefined;
  return refusal(
    ErrorCode.FENCED_INSTANCE_ID,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ` +
      `${member.memberId}.`,
  );
}

/**
 * The epoch must be the member's. The one before it is accepted as well from a member that owns no
 * more than it was given: the answer that told it the new one may be lost.
 */
function checkEpoch(member: Member, epoch: number, owned: ListedPartitions | null): Found {
  if (epoch === JOIN_EPOCH || epoch === member.memberEpoch) return { member };
  const isBefore = epoch < member.memberEpoch;
  const isLastAnswerLost =
    isBefore && epoch === member.previousMemberEpoch && isWithin(owned, member.assigned);
  if (isLastAnswerLost) return { member };
  return refusal(
    ErrorCode.FENCED_MEMBER_EPOCH,
    `The consumer group member has a ${isBefore ? "smaller" : "greater"} member epoch (${epoch}) ` +
      `than the one known by the group coordinator (${member.memberEpoch}). The member must ` +
      `abandon all its partitions and rejoin.`,
  );
}

function isWithin(owned: ListedPartitions | null, assigned: Owned): boolean {
  if (owned === null) return false;
  return owned.every(({ topicId, partitions }) => {
    const epochs = assigned.get(topicId);
    return epochs !== undefined && partitions.every((partition) => epochs.has(partition));
  });
}
