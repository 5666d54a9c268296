// A static member that comes back under its instance id gets a new member id, and whoever used the old
// one is fenced (KIP-345). In a stable group whose protocol does not change that is all: the others do
// not notice. The leader is told to leave the assignment as it is, if it can be told so (KIP-814).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { JoinArgs } from "../messages.ts";
import type { GroupState } from "../state.ts";
import { answerJoin, answerSync, joined, parkJoin } from "./answers.ts";
import { noJoin } from "../messages.ts";
import type { ClassicMember, JoinReplyTo } from "./member.ts";
import { rebalance } from "./rebalance.ts";
import { restartSession } from "./sessions.ts";
import { storeGroup } from "./store.ts";

export function returnAsStaticMember(
  g: GroupState,
  old: ClassicMember,
  memberId: string,
  args: JoinArgs,
  replyTo: JoinReplyTo,
): void {
  const { classic } = g;
  const leaderBefore = classic.leaderId;
  answerJoin(g, old, noJoin(ErrorCode.FENCED_INSTANCE_ID, old.memberId));
  answerSync(g, old, ErrorCode.FENCED_INSTANCE_ID);
  const member = classic.replace(old, memberId);
  classic.renew(member, args);
  restartSession(g, member);
  parkJoin(g, member, replyTo);
  const isQuiet = classic.state === "Stable" && classic.selectProtocol() === classic.protocolName;
  if (isQuiet) return replaceQuietly(g, old, member, args, leaderBefore);
  rebalance(g, "static member returned", member, args.reason);
}

function replaceQuietly(
  g: GroupState,
  old: ClassicMember,
  member: ClassicMember,
  args: JoinArgs,
  leaderBefore: string | null,
): void {
  const { classic } = g;
  const { memberId } = member;
  const { generationId } = classic;
  const assignments = new Map(
    [...classic.members.values()].map((each) => [each.memberId, each.assignment]),
  );
  storeGroup(g, assignments, (errorCode) => {
    // A rebalance may have begun meanwhile; it answers, and stores what it comes to.
    const isStill = classic.state === "Stable" && classic.generationId === generationId;
    if (!isStill || classic.members.get(memberId) !== member) return;
    if (errorCode !== ErrorCode.NONE) return takeBack(g, old, member, errorCode);
    if (!args.supportsSkippingAssignment) {
      // It must not take itself for the leader, or it would hand out assignments that nobody wants.
      const reply = joined(classic, memberId, false);
      return answerJoin(g, member, { ...reply, leader: leaderBefore ?? "" });
    }
    const isLeader = classic.isLeader(memberId);
    answerJoin(g, member, { ...joined(classic, memberId, isLeader), skipAssignment: isLeader });
  });
}

function takeBack(
  g: GroupState,
  old: ClassicMember,
  member: ClassicMember,
  errorCode: ErrorCode,
): void {
  answerJoin(g, member, noJoin(errorCode, ""));
  const restored = g.classic.replace(member, old.memberId);
  g.classic.renew(restored, old);
  restartSession(g, restored);
}
