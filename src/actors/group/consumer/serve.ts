// The consumer protocol as the group actor serves it: the machine beside it decides, and what it has
// decided is answered when it is in the log (unsettled.ts).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { watchSession } from "../classic/sessions.ts";
import { isUnknown } from "../offsets/commit.ts";
import { noteRebalance } from "../rebalances.ts";
import type { GroupRequests } from "../messages.ts";
import type { Args, GroupState, Reply } from "../state.ts";
import { refuse } from "../state.ts";
import { Change } from "./change.ts";
import { downgrade, endClassicWaits, mayDowngrade, upgrade } from "./change-over.ts";
import { checkHeartbeat } from "./check-heartbeat.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { JOIN_EPOCH } from "./consumer-group.ts";
import { deadlineOf, nextDeadlineMs } from "./deadlines.ts";
import { describeConsumerGroup } from "./describe.ts";
import type { HeartbeatResult } from "./heartbeat-args.ts";
import { heartbeat } from "./heartbeat.ts";
import { expireMembers } from "./leave.ts";
import { isRefusal } from "./member-of-heartbeat.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";
import { surroundingsOf } from "./surroundings.ts";
import { whenSettled } from "./unsettled.ts";

export function serveHeartbeat(
  g: GroupState,
  args: Args<"consumerHeartbeat">,
  replyTo: Reply<"consumerHeartbeat">,
): void {
  const { result, change } = carryOut(g, args);
  const reply = isRefusal(result) ? refusedHeartbeat(result) : result.reply;
  answerSettled<"consumerHeartbeat">(g, change, replyTo, reply);
}

/**
 * Answers when the change, and all before it, is durable. Also who is fenced, or unknown, by a change
 * that is not must not hear of it before.
 */
export function answerSettled<K extends keyof GroupRequests>(
  g: GroupState,
  change: Change | undefined,
  replyTo: Reply<K>,
  reply: GroupRequests[K]["reply"],
): void {
  whenSettled(g, undefined, (errorCode) => {
    if (errorCode !== ErrorCode.NONE) refuse<K>(g, replyTo, errorCode);
    else if (change?.isTakenBack) refuse<K>(g, replyTo, change.refusedWith);
    else g.out.reply(replyTo, reply);
  });
}

function refusedHeartbeat(refused: Refusal) {
  return { ...refused, memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null };
}

function carryOut(
  g: GroupState,
  args: Args<"consumerHeartbeat">,
): { readonly result: HeartbeatResult | Refusal; readonly change?: Change } {
  const around = surroundingsOf(g);
  const problem = checkHeartbeat(args, around.settings.assignors);
  if (problem !== undefined) return { result: problem };
  const { classic } = g;
  const change = g.consumer ? new Change(g.consumer) : begin(g, args);
  if (isRefusal(change)) return { result: change };
  const result = heartbeat(change, args, around);
  if (isRefusal(result)) {
    change.takeBack(ErrorCode.NONE);
    return { result };
  }
  const isNew = g.classic !== classic;
  if (isNew) endClassicWaits(g, classic, ErrorCode.REBALANCE_IN_PROGRESS);
  settleChange(g, change, isNew ? null : result.reply.memberId);
  return { result, change };
}

/** A group that is not there, or is a classic one, begins with the first member that joins. */
function begin(g: GroupState, { memberEpoch }: Args<"consumerHeartbeat">): Change | Refusal {
  if (memberEpoch === JOIN_EPOCH) return upgrade(g, surroundingsOf(g));
  const isAlive = memberEpoch > JOIN_EPOCH && isUnknown(g);
  const text = isAlive ? `Consumer group ${g.groupId} not found.` : noConsumerGroup(g);
  return refusal(ErrorCode.GROUP_ID_NOT_FOUND, text);
}

function noConsumerGroup(g: GroupState): string {
  return `Group ${g.groupId} ${isUnknown(g) ? "not found" : "is not a consumer group"}.`;
}

/** Sends a change on its way, and looks after deadlines: of the one member, or of all. */
export function settleChange(g: GroupState, change: Change, memberId: string | null): void {
  const { group, newEpochs } = change;
  if (change.hasRemoved && mayDowngrade(g, group)) downgrade(g, change, surroundingsOf(g));
  watchSession(g, memberId === null ? nextDeadlineMs(group) : deadlineOf(group, memberId));
  if (change.records.length === 0) return;
  const members = group.members.size;
  whenSettled(g, change, (errorCode) => {
    if (errorCode !== ErrorCode.NONE) {
      const { groupId } = g;
      return g.out.log("warn", "a change of a group is not stored", { groupId, errorCode });
    }
    for (const { groupEpoch, cause, member } of newEpochs) {
      const what = { generationId: groupEpoch - 1, cause, reason: null, members };
      noteRebalance(g, what, member && { ...member, groupInstanceId: member.instanceId });
    }
  });
}

export function serveDescribe(g: GroupState, replyTo: Reply<"describeConsumerGroup">): void {
  if (g.consumer === undefined) {
    const why = noConsumerGroup(g);
    return g.out.reply(replyTo, { refused: ErrorCode.GROUP_ID_NOT_FOUND, why });
  }
  const described = describeConsumerGroup(g.consumer, g.config.consumer.assignors);
  answerSettled<"describeConsumerGroup">(g, undefined, replyTo, described);
}

/** Members whose time is up are out. */
export function expireConsumers(g: GroupState, group: ConsumerGroup): void {
  g.sessionsDueMs = Infinity;
  const change = expireMembers(group, surroundingsOf(g));
  if (change === undefined) watchSession(g, nextDeadlineMs(group));
  else settleChange(g, change, null);
}
