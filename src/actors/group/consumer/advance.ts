// What a member says of itself, by a heartbeat or by a join of the classic protocol, and what follows:
//
//   1. the member is made or changed, and with its subscription the group's epoch;
//   2. the target assignment is brought up to the group's epoch;
//   3. the member is taken one step towards its target.
//
// Lives on: host thread (part of the group actor).

import type { Change, EpochReason } from "./change.ts";
import type { Member, Owned } from "./consumer-group.ts";
import { isReconciled, subscribedTopics } from "./consumer-group.ts";
import { extendSession, forgetDeadlines, watchRevocation } from "./deadlines.ts";
import type { ListedPartitions } from "./heartbeat-args.ts";
import { currentRecord, memberRecord, memberTombstones, targetRecord } from "./make-records.ts";
import { reconcile } from "./reconcile.ts";
import { exchangePatterns, refreshPatterns } from "./resolve-patterns.ts";
import { bumpEpochIfNeeded, topicIdsOf } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";
import { updateTarget } from "./target.ts";

export type Advance = {
  /** As it was; or a new one. */
  readonly member: Member;
  /** The static member whose place it takes. */
  readonly replaces?: Member;
  /** As it says it is; the same object if that is nothing new. */
  readonly described: Member;
  /** What it says it owns; null: it does not say. */
  readonly owned: ListedPartitions | null;
};

/** The member after its step. */
export function advance(
  change: Change,
  { member, replaces, described, owned }: Advance,
  around: Surroundings,
): Member {
  if (replaces !== undefined) {
    replaceMember(change, replaces, member);
    change.hasRemoved = replaces.classic === null;
  }
  const reason = writeMember(change, member, described, around);
  bumpEpochIfNeeded(change, reason, around);
  updateTarget(change, around);
  const after = writeStep(change, member.memberId, owned, reason !== undefined, around);
  extendSession(change.group, after, around);
  return after;
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
  return isRefreshed ? { cause: "topics changed", member: undefined } : undefined;
}

/** Reconciles the member; whatever has changed of its assignment is written. */
function writeStep(
  change: Change,
  memberId: string,
  owned: ListedPartitions | null,
  hasSubscriptionChanged: boolean,
  around: Surroundings,
): Member {
  const { group } = change;
  const member = group.members.get(memberId)!;
  // A target that has to wait is older than the subscription, and so may what is owned be.
  const enforcesSubscription = hasSubscriptionChanged || group.groupEpoch > group.assignmentEpoch;
  if (!enforcesSubscription && isReconciled(member, group.assignmentEpoch)) return member;
  const subscribedTopicIds = topicIdsOf(subscribedTopics(group, member), around.topics);
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

export function hasSamePartitions(a: Owned, b: Owned): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, epochs] of a) {
    const others = b.get(topicId);
    if (others === undefined || others.size !== epochs.size) return false;
    for (const partition of epochs.keys()) if (!others.has(partition)) return false;
  }
  return true;
}

export function hasSameNames(a: Member, b: Member): boolean {
  const [names, others] = [a.subscribedTopicNames, b.subscribedTopicNames];
  if (names === others) return true;
  return names.length === others.length && names.every((name, i) => name === others[i]);
}
