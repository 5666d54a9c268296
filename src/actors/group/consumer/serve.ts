// The consumer protocol as the group actor serves it: the machine beside it decides, and what it has
// decided is answered when it is in the log (unsettled.ts).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { ClassicGroup } from "../classic/classic-group.ts";
import { watchSession } from "../classic/sessions.ts";
import { isUnknown } from "../offsets/commit.ts";
import { noteRebalance } from "../rebalances.ts";
import { groupMetadataTombstone } from "../records.ts";
import type { Args, GroupState, Reply } from "../state.ts";
import { Change } from "./change.ts";
import { checkHeartbeat } from "./check-heartbeat.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { JOIN_EPOCH, newConsumerGroup } from "./consumer-group.ts";
import { nextDeadlineMs } from "./deadlines.ts";
import { describeConsumerGroup } from "./describe.ts";
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
  const around = surroundingsOf(g);
  const begun = checkHeartbeat(args, around.settings.assignors) ?? begin(g, args);
  const result = isRefusal(begun) ? begun : heartbeat(begun, args, around);
  if (!isRefusal(begun)) {
    if (isRefusal(result)) begun.takeBack();
    else settleChange(g, begun);
  }
  // Also who is fenced, or unknown, by a change that is not durable must not hear of it before.
  whenSettled(g, undefined, (errorCode) => {
    if (errorCode !== ErrorCode.NONE) return g.out.reply(replyTo, { refused: errorCode });
    g.out.reply(replyTo, isRefusal(result) ? refusedHeartbeat(result) : result.reply);
  });
}

function refusedHeartbeat(refused: Refusal) {
  return { ...refused, memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null };
}

/** The change that the heartbeat is to make; a group that is not there begins with it. */
function begin(g: GroupState, { memberEpoch }: Args<"consumerHeartbeat">): Change | Refusal {
  if (g.consumer !== undefined) return new Change(g.consumer);
  const { classic, groupId } = g;
  if (memberEpoch !== JOIN_EPOCH || classic.state !== "Empty") {
    const what = isUnknown(g) ? "not found" : "is not a consumer group";
    return refusal(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} ${what}.`);
  }
  const change = new Change((g.consumer = newConsumerGroup(groupId)));
  g.classic = new ClassicGroup();
  change.onTakeBack(() => {
    g.consumer = undefined;
    g.classic = classic;
  });
  endClassic(g, change);
  return change;
}

/** The log may hold the classic group, or be about to. */
function endClassic(g: GroupState, change: Change): void {
  if (!g.isStored && g.journal.isIdle) return;
  change.writeClassic(groupMetadataTombstone(g.groupId));
  change.onStored = () => {
    g.isStored = false;
  };
}

/** Sends a change on its way, and looks after its deadlines. */
function settleChange(g: GroupState, change: Change): void {
  const { group, newEpochs } = change;
  watchSession(g, nextDeadlineMs(group));
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
    const what = isUnknown(g) ? "not found" : "is not a consumer group";
    const why = `Group ${g.groupId} ${what}.`;
    return g.out.reply(replyTo, { refused: ErrorCode.GROUP_ID_NOT_FOUND, why });
  }
  const described = describeConsumerGroup(g.consumer, g.config.consumer.assignors);
  whenSettled(g, undefined, (errorCode) =>
    g.out.reply(replyTo, errorCode === ErrorCode.NONE ? described : { refused: errorCode }),
  );
}

/** Members whose time is up are out. */
export function expireConsumers(g: GroupState, group: ConsumerGroup): void {
  g.sessionsDueMs = Infinity;
  const change = expireMembers(group, surroundingsOf(g));
  if (change !== undefined) return settleChange(g, change);
  watchSession(g, nextDeadlineMs(group));
}
