// ConsumerGroupHeartbeat: how members of a consumer group join, learn what they own, tell what they
// have given up, and leave (KIP-848, `GroupMetadataManager.consumerGroupHeartbeat`). One heartbeat
//
//   1. makes or changes the member, and with its subscription the group's epoch;
//   2. brings the target assignment up to the group's epoch;
//   3. takes the member one step towards its target.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { compareText } from "../assignors/assignor.ts";
import type { Change, EpochReason } from "./change.ts";
import type { ConsumerGroup, Member, Owned } from "./consumer-group.ts";
import { isReconciled, JOIN_EPOCH, subscribedTopics } from "./consumer-group.ts";
import { extendSession, forgetDeadlines, watchRevocation } from "./deadlines.ts";
import type { HeartbeatArgs, HeartbeatReply, HeartbeatResult } from "./heartbeat-args.ts";
import { leave } from "./leave.ts";
import { currentRecord, memberRecord, memberTombstones, targetRecord } from "./make-records.ts";
import { findMember, isRefusal } from "./member-of-heartbeat.ts";
import { reconcile } from "./reconcile.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";
import { checkPattern, exchangePatterns, refreshPatterns } from "./resolve-patterns.ts";
import { bumpEpochIfNeeded, topicIdsOf } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";
import { updateTarget } from "./target.ts";

/** The request is one that makes sense (check-heartbeat.ts). What it changes is written to `change`. */
export function heartbeat(
  change: Change,
  args: HeartbeatArgs,
  around: Surroundings,
): HeartbeatResult | Refusal {
  if (args.memberEpoch < JOIN_EPOCH) return leave(change, args, around);
  const { group } = change;
  const full = checkSize(group, args.memberId, around.settings.membersMax);
  if (full !== undefined) return full;
  // Clients of the first version are given an id.
  const memberId = args.memberId === "" ? around.newMemberId() : args.memberId;
  const found = findMember(group, memberId, args);
  if (isRefusal(found)) return found;
  const before = found.member;
  const described = describedBy(before, args);
  const badPattern = checkPattern(group, described.subscribedTopicRegex);
  if (badPattern !== undefined) return badPattern;

  if (found.replaces !== undefined) replaceMember(change, found.replaces, before);
  const reason = writeMember(change, before, described, around);
  bumpEpochIfNeeded(change, reason, around);
  updateTarget(change, around);
  const after = writeStep(change, memberId, args, reason !== undefined, around);
  extendSession(group, after, around);

  const isFull =
    args.rebalanceTimeoutMs !== -1 &&
    (args.subscribedTopicNames !== null || args.subscribedTopicRegex !== null) &&
    args.topicPartitions !== null;
  const tellsAssignment =
    args.memberEpoch === JOIN_EPOCH ||
    isFull ||
    !hasSamePartitions(before.assigned, after.assigned);
  const reply: HeartbeatReply = {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch: after.memberEpoch,
    heartbeatIntervalMs: around.settings.heartbeatIntervalMs,
    assignment: tellsAssignment ? assignmentOf(after.assigned) : null,
  };
  return { reply };
}

function checkSize(
  group: ConsumerGroup,
  memberId: string,
  membersMax: number,
): Refusal | undefined {
  if (group.members.size < membersMax || group.members.has(memberId)) return undefined;
  const text = `The consumer group has reached its maximum capacity of ${membersMax} members.`;
  return refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, text);
}

/** The member with what the heartbeat says of it; the same one when that is nothing new. */
function describedBy(member: Member, args: HeartbeatArgs): Member {
  const names = args.subscribedTopicNames;
  const next: Member = {
    ...member,
    instanceId: args.instanceId ?? member.instanceId,
    rackId: args.rackId ?? member.rackId,
    rebalanceTimeoutMs:
      args.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : args.rebalanceTimeoutMs,
    serverAssignor: args.serverAssignor ?? member.serverAssignor,
    subscribedTopicNames:
      names === null ? member.subscribedTopicNames : [...new Set(names)].sort(compareText),
    subscribedTopicRegex: args.subscribedTopicRegex ?? member.subscribedTopicRegex,
    clientId: args.clientId,
    clientHost: args.clientHost,
    classic: null,
  };
  const isSame =
    next.instanceId === member.instanceId &&
    next.rackId === member.rackId &&
    next.rebalanceTimeoutMs === member.rebalanceTimeoutMs &&
    next.serverAssignor === member.serverAssignor &&
    next.subscribedTopicRegex === member.subscribedTopicRegex &&
    next.clientId === member.clientId &&
    next.clientHost === member.clientHost &&
    member.classic === null &&
    hasSameNames(next, member);
  return isSame ? member : next;
}

function hasSameNames(a: Member, b: Member): boolean {
  const [names, others] = [a.subscribedTopicNames, b.subscribedTopicNames];
  if (names === others) return true;
  return names.length === others.length && names.every((name, i) => name === others[i]);
}

/**
 * A static member comes back as another process: it has the old one's target and partitions, and
 * begins at the first epoch (`GroupMetadataManager.replaceMember`).
 */
function replaceMember(change: Change, old: Member, next: Member): void {
  const target = change.group.targets.get(old.memberId) ?? new Map();
  change.writeAll(memberTombstones(old.memberId));
  change.write(memberRecord(next));
  change.write(targetRecord(next.memberId, target));
  change.write(currentRecord(next));
  forgetDeadlines(change.group, old.memberId);
}

/** Writes what is new of the member; why the group needs a new epoch, if it does. */
function writeMember(
  change: Change,
  before: Member,
  described: Member,
  around: Surroundings,
): EpochReason | undefined {
  const { group } = change;
  const { memberId } = before;
  const isNew = !group.members.has(memberId);
  if (isNew || described !== before) change.write(memberRecord(described));
  const isPatternNew = described.subscribedTopicRegex !== before.subscribedTopicRegex;
  if (isPatternNew) {
    exchangePatterns(change, before.subscribedTopicRegex, described.subscribedTopicRegex, around);
  }
  const isRefreshed = refreshPatterns(change, around);
  if (isNew && (isPatternNew || !hasSameNames(before, described))) {
    return { cause: "member joined", member: described };
  }
  if (isPatternNew || !hasSameNames(before, described)) {
    return { cause: "subscription changed", member: described };
  }
  if (isRefreshed) return { cause: "topics changed", member: undefined };
  // A group that was not there moves away from epoch 0, even without any subscription.
  return group.groupEpoch === 0 ? { cause: "member joined", member: described } : undefined;
}

/** Reconciles the member; whatever has changed of its assignment is written. */
function writeStep(
  change: Change,
  memberId: string,
  args: HeartbeatArgs,
  hasSubscriptionChanged: boolean,
  around: Surroundings,
): Member {
  const { group } = change;
  const member = group.members.get(memberId)!;
  // A target that has to wait is older than the subscription, and so may what is owned be.
  const enforcesSubscription = hasSubscriptionChanged || group.groupEpoch > group.assignmentEpoch;
  if (!enforcesSubscription && isReconciled(member, group.assignmentEpoch)) return member;
  const subscribedTopicIds = topicIdsOf(subscribedTopics(group, member), around.topics);
  const owned = args.topicPartitions;
  const next = reconcile({ group, member, owned, subscribedTopicIds, enforcesSubscription });
  if (next === member || isSameStep(member, next)) return member;
  change.write(currentRecord(next));
  const after = group.members.get(memberId)!;
  watchRevocation(group, after, around);
  return after;
}

/** A step that leads nowhere: it waits for the same partitions as before. */
function isSameStep(a: Member, b: Member): boolean {
  return (
    a.state === b.state &&
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    hasSamePartitions(a.assigned, b.assigned) &&
    hasSamePartitions(a.pendingRevocation, b.pendingRevocation)
  );
}

function hasSamePartitions(a: Owned, b: Owned): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, epochs] of a) {
    const others = b.get(topicId);
    if (others === undefined || others.size !== epochs.size) return false;
    for (const partition of epochs.keys()) if (!others.has(partition)) return false;
  }
  return true;
}

function assignmentOf(owned: Owned): NonNullable<HeartbeatReply["assignment"]> {
  const topicPartitions = [...owned]
    .map(([topicId, epochs]) => ({ topicId, partitions: [...epochs.keys()].sort((a, b) => a - b) }))
    .sort((a, b) => compareText(a.topicId, b.topicId));
  return { topicPartitions };
}
