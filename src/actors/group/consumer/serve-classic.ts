// The classic protocol as a consumer group serves it, for members that have not changed over yet. An
// empty consumer group is a classic one as soon as somebody joins it so.
//
// Lives on: host thread (part of the group actor).

import { joinGroup } from "../classic/join.ts";
import { watchSession } from "../classic/sessions.ts";
import type { Args, GroupState, Reply } from "../state.ts";
import { refuse } from "../state.ts";
import { Change } from "./change.ts";
import { beginClassic } from "./change-over.ts";
import { classicJoin } from "./classic-join.ts";
import { classicHeartbeat, classicSync, leavers } from "./classic-members.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { deadlineOf } from "./deadlines.ts";
import { removeMembers } from "./leave.ts";
import { answerSettled, settleChange } from "./serve.ts";
import { surroundingsOf } from "./surroundings.ts";

export function serveClassicJoin(
  g: GroupState,
  group: ConsumerGroup,
  args: Args<"joinGroup">,
  replyTo: Reply<"joinGroup">,
): void {
  if (group.members.size === 0) {
    const begun = beginClassic(g, group);
    settleChange(g, begun, null);
    // There is no way into the log.
    if (begun.isTakenBack) return refuse<"joinGroup">(g, replyTo, begun.refusedWith);
    return joinGroup(g, args, replyTo);
  }
  const change = new Change(group);
  const reply = classicJoin(change, args, surroundingsOf(g));
  settleChange(g, change, reply.memberId);
  answerSettled<"joinGroup">(g, change, replyTo, reply);
}

export function serveClassicSync(
  g: GroupState,
  group: ConsumerGroup,
  args: Args<"syncGroup">,
  replyTo: Reply<"syncGroup">,
): void {
  const reply = classicSync(group, args, surroundingsOf(g));
  watchSession(g, deadlineOf(group, args.memberId));
  answerSettled<"syncGroup">(g, undefined, replyTo, reply);
}

export function serveClassicHeartbeat(
  g: GroupState,
  group: ConsumerGroup,
  args: Args<"heartbeat">,
  replyTo: Reply<"heartbeat">,
): void {
  const change = new Change(group);
  const errorCode = classicHeartbeat(change, args, surroundingsOf(g));
  settleChange(g, change, args.memberId);
  answerSettled<"heartbeat">(g, change, replyTo, { errorCode });
}

export function serveClassicLeave(
  g: GroupState,
  group: ConsumerGroup,
  { members }: Args<"leaveGroup">,
  replyTo: Reply<"leaveGroup">,
): void {
  const { left, memberIds } = leavers(group, members);
  const change = new Change(group);
  if (memberIds.length > 0) removeMembers(change, memberIds, "member left", surroundingsOf(g));
  settleChange(g, change, null);
  answerSettled<"leaveGroup">(g, change, replyTo, { members: left });
}
