// The classic protocol as a consumer group serves it, for members that have not changed over yet. An
// empty consumer group is a classic one as soon as somebody joins it so.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { joinGroup } from "../classic/join.ts";
import { watchSession } from "../classic/sessions.ts";
import type { GroupRequests } from "../messages.ts";
import type { Args, GroupState, Reply } from "../state.ts";
import { refuse } from "../state.ts";
import { Change } from "./change.ts";
import { beginClassic } from "./change-over.ts";
import { classicJoin } from "./classic-join.ts";
import { classicHeartbeat, classicLeavers, classicSync } from "./classic-members.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { deadlineOf } from "./deadlines.ts";
import { removeMembers } from "./leave.ts";
import { settleChange } from "./serve.ts";
import { surroundingsOf } from "./surroundings.ts";
import { whenSettled } from "./unsettled.ts";

export function serveClassicJoin(
  g: GroupState,
  group: ConsumerGroup,
  args: Args<"joinGroup">,
  replyTo: Reply<"joinGroup">,
): void {
  if (group.members.size === 0) {
    settleChange(g, beginClassic(g, group), null);
    return joinGroup(g, args, replyTo);
  }
  const change = new Change(group);
  const reply = classicJoin(change, args, surroundingsOf(g));
  settleChange(g, change, reply.memberId);
  answerSettled<"joinGroup">(g, replyTo, reply);
}

export function serveClassicSync(
  g: GroupState,
  group: ConsumerGroup,
  args: Args<"syncGroup">,
  replyTo: Reply<"syncGroup">,
): void {
  const reply = classicSync(group, args, surroundingsOf(g));
  watchSession(g, deadlineOf(group, args.memberId));
  answerSettled<"syncGroup">(g, replyTo, reply);
}

export function serveClassicHeartbeat(
  g: GroupState,
  group: ConsumerGroup,
  args: Args<"heartbeat">,
  replyTo: Reply<"heartbeat">,
): void {
  const errorCode = classicHeartbeat(group, args, surroundingsOf(g));
  watchSession(g, deadlineOf(group, args.memberId));
  answerSettled<"heartbeat">(g, replyTo, { errorCode });
}

export function serveClassicLeave(
  g: GroupState,
  group: ConsumerGroup,
  { members }: Args<"leaveGroup">,
  replyTo: Reply<"leaveGroup">,
): void {
  const { left, memberIds } = classicLeavers(group, members);
  if (memberIds.length > 0) {
    const change = new Change(group);
    removeMembers(change, memberIds, "member left", surroundingsOf(g));
    settleChange(g, change, null);
  }
  answerSettled<"leaveGroup">(g, replyTo, { members: left });
}

function answerSettled<K extends keyof GroupRequests>(
  g: GroupState,
  replyTo: Reply<K>,
  reply: GroupRequests[K]["reply"],
): void {
  whenSettled(g, undefined, (errorCode) => {
    if (errorCode === ErrorCode.NONE) g.out.reply(replyTo, reply);
    else refuse<K>(g, replyTo, errorCode);
  });
}
