// One step of a member from what it owns towards what it is meant to own (KIP-848,
// `CurrentAssignmentBuilder`). Revocation comes before assignment: a member that has to give
// something up stays in its epoch until it has said that it did, and gets nothing before; a
// partition goes to its next owner only when nobody has it.
//
//   STABLE                  at the target, or on its way to a newer one
//   UNREVOKED_PARTITIONS    has been told to give partitions up -> the next step once it has
//   UNRELEASED_PARTITIONS   waits in the target's epoch for what others have not given up
//
// Lives on: host thread (part of the group actor).

import { emptyAssignment } from "../assignors/assignor.ts";
import type { ConsumerGroup, Member, Owned } from "./consumer-group.ts";
import { MemberState, nothingOwned, ownerOf } from "./consumer-group.ts";
import type { ListedPartitions } from "./heartbeat-args.ts";

export type ReconcileInput = {
  readonly group: ConsumerGroup;
  readonly member: Member;
  /** What the member says it owns; null: it did not say. */
  readonly owned: ListedPartitions | null;
  /** The topics it subscribes to now. */
  readonly subscribedTopicIds: ReadonlySet<string>;
  /** The target may be older than the subscription: what is no longer subscribed to must go now. */
  readonly enforcesSubscription: boolean;
};

/** The member itself when there is nothing to do. */
export function reconcile(input: ReconcileInput): Member {
  const { group, member } = input;
  switch (member.state) {
    case MemberState.STABLE:
      if (member.memberEpoch !== group.assignmentEpoch) return step(input);
      return input.enforcesSubscription ? dropUnsubscribed(input) : member;
    case MemberState.UNREVOKED_PARTITIONS:
    // Somebody newer has written a state that means nothing here; what waits to be given up does.
    case MemberState.UNKNOWN:
      if (!stillOwns(input.owned, member.pendingRevocation)) return step(input);
      return input.enforcesSubscription ? dropUnsubscribed(input) : member;
    case MemberState.UNRELEASED_PARTITIONS:
      return step(input);
  }
}

function step(input: ReconcileInput): Member {
  const { group, member } = input;
  const target = group.targets.get(member.memberId) ?? emptyAssignment;
  const wanted = new Map<string, ReadonlySet<number>>();
  for (const [topicId, partitions] of target) {
    if (input.subscribedTopicIds.has(topicId)) wanted.set(topicId, new Set(partitions));
  }
  const kept = filterOwned(
    member.assigned,
    (topicId, partition) => wanted.get(topicId)?.has(partition) ?? false,
  );
  const toRevoke = filterOwned(
    member.assigned,
    (topicId, partition) => !(kept.get(topicId)?.has(partition) ?? false),
  );
  if (toRevoke.size > 0 && stillOwns(input.owned, toRevoke)) {
    return {
      ...member,
      state: MemberState.UNREVOKED_PARTITIONS,
      previousMemberEpoch: member.memberEpoch,
      assigned: kept,
      pendingRevocation: toRevoke,
    };
  }
  const { assigned, isWaiting } = takeFree(input, wanted, kept);
  return {
    ...member,
    state: isWaiting ? MemberState.UNRELEASED_PARTITIONS : MemberState.STABLE,
    previousMemberEpoch: member.memberEpoch,
    memberEpoch: group.assignmentEpoch,
    assigned,
    pendingRevocation: nothingOwned,
  };
}

/** What it has, and all of the target that nobody else has. */
function takeFree(
  { group, member }: ReconcileInput,
  wanted: ReadonlyMap<string, ReadonlySet<number>>,
  kept: Owned,
): { readonly assigned: Owned; readonly isWaiting: boolean } {
  const assigned = new Map<string, ReadonlyMap<number, number>>(kept);
  let isWaiting = false;
  for (const [topicId, partitions] of wanted) {
    const epochs = new Map(kept.get(topicId));
    for (const partition of partitions) {
      if (epochs.has(partition)) continue;
      const owner = ownerOf(group, topicId, partition);
      // Its own is what it has just given up, and may have again.
      if (owner === undefined || owner === member.memberId) {
        epochs.set(partition, group.assignmentEpoch);
      } else {
        isWaiting = true;
      }
    }
    if (epochs.size > 0) assigned.set(topicId, epochs);
  }
  return { assigned, isWaiting };
}

/** Within its epoch: only what it has lost by its own subscription goes. */
function dropUnsubscribed({ member, owned, subscribedTopicIds }: ReconcileInput): Member {
  const assigned = filterOwned(member.assigned, (topicId) => subscribedTopicIds.has(topicId));
  const dropped = filterOwned(member.assigned, (topicId) => !subscribedTopicIds.has(topicId));
  if (dropped.size === 0) return member;
  const pendingRevocation = united(member.pendingRevocation, dropped);
  const previousMemberEpoch = member.memberEpoch;
  if (!stillOwns(owned, pendingRevocation)) return { ...member, previousMemberEpoch, assigned };
  const state = MemberState.UNREVOKED_PARTITIONS;
  return { ...member, state, previousMemberEpoch, assigned, pendingRevocation };
}

/** Who does not say what it owns may own all of it. */
function stillOwns(owned: ListedPartitions | null, pending: Owned): boolean {
  if (owned === null) return true;
  return owned.some(({ topicId, partitions }) => {
    const epochs = pending.get(topicId);
    return epochs !== undefined && partitions.some((partition) => epochs.has(partition));
  });
}

function filterOwned(owned: Owned, keeps: (topicId: string, partition: number) => boolean): Owned {
  const kept = new Map<string, ReadonlyMap<number, number>>();
  for (const [topicId, epochs] of owned) {
    const left = [...epochs].filter(([partition]) => keeps(topicId, partition));
    if (left.length === epochs.size) kept.set(topicId, epochs);
    else if (left.length > 0) kept.set(topicId, new Map(left));
  }
  return kept;
}

function united(a: Owned, b: Owned): Owned {
  const all = new Map<string, ReadonlyMap<number, number>>(a);
  for (const [topicId, epochs] of b) {
    all.set(topicId, new Map([...(a.get(topicId) ?? []), ...epochs]));
  }
  return all;
}
