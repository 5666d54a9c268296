// LeaveGroup (`GroupMetadataManager.classicGroupLeaveToClassicGroup`): one rebalance for all that leave
// together. A static member is named by its instance id, and its member id may be left out.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { LeavingMember, LeftMember } from "../messages.ts";
import type { GroupState } from "../state.ts";
import { dismiss } from "./answers.ts";
import type { ClassicMember } from "./member.ts";
import { completeJoinIfDue, rebalance } from "./rebalance.ts";

export function leaveGroup(g: GroupState, leaving: readonly LeavingMember[]): LeftMember[] {
  let first: { readonly member: ClassicMember; readonly reason: string | null } | undefined;
  const left = leaving.map(({ memberId, groupInstanceId, reason }): LeftMember => {
    const found = find(g, memberId, groupInstanceId);
    if (typeof found !== "number") {
      first ??= { member: found, reason };
      dismiss(g, found, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    const errorCode = typeof found === "number" ? found : ErrorCode.NONE;
    return { memberId, groupInstanceId, errorCode };
  });
  if (first === undefined) completeJoinIfDue(g);
  else rebalance(g, "member left", first.member, first.reason);
  return left;
}

/** The member that is to go; or what there is to say when there is none. */
function find(
  { classic }: GroupState,
  memberId: string,
  groupInstanceId: string | null,
): ClassicMember | ErrorCode {
  if (memberId === "") {
    const owner = groupInstanceId === null ? undefined : classic.staticMemberId(groupInstanceId);
    const member = owner === undefined ? undefined : classic.members.get(owner);
    return member ?? ErrorCode.UNKNOWN_MEMBER_ID;
  }
  if (classic.pendingJoins.delete(memberId)) return ErrorCode.NONE;
  const error = classic.memberError(memberId, groupInstanceId);
  return error === ErrorCode.NONE ? classic.members.get(memberId)! : error;
}
