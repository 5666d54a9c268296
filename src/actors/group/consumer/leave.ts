// Members go: by their own will, for a while, or because their time is up.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { EpochReason } from "./change.ts";
import { Change } from "./change.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { nothingOwned, STATIC_LEAVE_EPOCH, staticMemberOf } from "./consumer-group.ts";
import { forgetDeadlines, overdue } from "./deadlines.ts";
import type { HeartbeatArgs, HeartbeatReply, HeartbeatResult } from "./heartbeat-args.ts";
import { currentRecord, memberTombstones } from "./make-records.ts";
import { checkStatic, unknownMember } from "./member-of-heartbeat.ts";
import type { Refusal } from "./refusal.ts";
import { dropIfUnused } from "./resolve-patterns.ts";
import { bumpEpoch, hashOf, subscribedCatalogTopics } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";

/** A heartbeat whose epoch says that the member goes. */
export function leave(
  change: Change,
  args: HeartbeatArgs,
  around: Surroundings,
): HeartbeatResult | Refusal {
  const { group } = change;
  const { memberId, instanceId, memberEpoch } = args;
  const reply: HeartbeatReply = {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
  if (instanceId === null) {
    if (!group.members.has(memberId)) return unknownMember(group, memberId);
  } else {
    const problem = checkStatic(group, memberId, instanceId);
    if (problem !== undefined) return problem;
  }
  if (memberEpoch === STATIC_LEAVE_EPOCH) {
    leaveForAWhile(change, instanceId!);
  } else {
    removeMembers(change, [memberId], "member left", around);
  }
  return { reply };
}

/** It keeps its place and its target until its session ends, for another process to take. */
function leaveForAWhile(change: Change, instanceId: string): void {
  const member = staticMemberOf(change.group, instanceId)!;
  change.write(
    currentRecord({ ...member, memberEpoch: STATIC_LEAVE_EPOCH, pendingRevocation: nothingOwned }),
  );
  change.group.rebalanceDeadlines.delete(member.memberId);
}

/** A new epoch, once for all of them. */
export function removeMembers(
  change: Change,
  memberIds: readonly string[],
  cause: EpochReason["cause"],
  { topics }: Surroundings,
): void {
  const { group } = change;
  change.hasRemoved = true;
  const member = group.members.get(memberIds[0]!);
  for (const memberId of memberIds) {
    const pattern = group.members.get(memberId)!.subscribedTopicRegex;
    change.writeAll(memberTombstones(memberId));
    dropIfUnused(change, pattern);
    forgetDeadlines(group, memberId);
  }
  bumpEpoch(change, hashOf(subscribedCatalogTopics(group, topics)), { cause, member });
}

/** Removes all whose time is up; undefined when nobody's is. */
export function expireMembers(group: ConsumerGroup, around: Surroundings): Change | undefined {
  const { silent, unrevoked } = overdue(group, around.nowMs);
  if (silent.length + unrevoked.length === 0) return undefined;
  const change = new Change(group);
  const cause = silent.length > 0 ? "session expired" : "partitions not given up in time";
  removeMembers(change, [...silent, ...unrevoked], cause, around);
  return change;
}
