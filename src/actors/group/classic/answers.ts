// Answers to parked joins and syncs. A member's call is answered once, whatever ends its wait.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { JoinedMember, JoinReply } from "../messages.ts";
import { noJoin } from "../messages.ts";
import type { GroupState } from "../state.ts";
import type { ClassicGroup } from "./classic-group.ts";
import type { ClassicMember, JoinReplyTo, SyncReplyTo } from "./member.ts";
import { metadataFor, noBytes } from "./member.ts";

/** The generation as it stands, for one of its members. */
export function joined(group: ClassicGroup, memberId: string, isLeader: boolean): JoinReply {
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? "",
    skipAssignment: false,
    memberId,
    members: isLeader ? everybody(group) : [],
  };
}

function everybody({ members, protocolName }: ClassicGroup): JoinedMember[] {
  return [...members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataFor(member, protocolName),
  }));
}

/** A second join of the same member takes the place of the first. */
export function parkJoin(g: GroupState, member: ClassicMember, replyTo: JoinReplyTo): void {
  answerJoin(g, member, noJoin(ErrorCode.REBALANCE_IN_PROGRESS, member.memberId));
  member.awaitsJoin = replyTo;
}

export function answerJoin(g: GroupState, member: ClassicMember, reply: JoinReply): void {
  const { awaitsJoin } = member;
  if (awaitsJoin === undefined) return;
  member.awaitsJoin = undefined;
  g.out.reply(awaitsJoin, reply);
}

export function parkSync(g: GroupState, member: ClassicMember, replyTo: SyncReplyTo): void {
  answerSync(g, member, ErrorCode.REBALANCE_IN_PROGRESS);
  member.awaitsSync = replyTo;
}

/** With the member's assignment, or without if there is an error. */
export function answerSync(g: GroupState, member: ClassicMember, errorCode: ErrorCode): void {
  const { awaitsSync, assignment } = member;
  if (awaitsSync === undefined) return;
  member.awaitsSync = undefined;
  const { protocolType, protocolName } = g.classic;
  const isDone = errorCode === ErrorCode.NONE;
  g.out.reply(awaitsSync, {
    errorCode,
    protocolType: isDone ? protocolType : null,
    protocolName: isDone ? protocolName : null,
    assignment: isDone ? assignment : noBytes,
  });
}

/** Takes a member out; what it waits for is answered with the error. */
export function dismiss(g: GroupState, member: ClassicMember, errorCode: ErrorCode): void {
  answerJoin(g, member, noJoin(errorCode, ""));
  answerSync(g, member, errorCode);
  g.classic.remove(member);
}
