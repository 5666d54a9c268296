// The only place that changes the lasting state of a consumer group: by its records, one at a time,
// whether they were just made or come out of the log. So a group that is loaded is the group that
// was.
//
// Each step tells how to take it back, for a change that could not be stored.
//
// Lives on: host thread (part of the group actor).

import type { ConsumerGroupCurrentMemberAssignmentValue } from "../../../protocol/records/group/08-consumer-group-current-member-assignment.ts";
import type { ConsumerGroupMemberMetadataValue } from "../../../protocol/records/group/05-consumer-group-member-metadata.ts";
import type { Assignment } from "../assignors/assignor.ts";
import type { ConsumerGroup, Member, Owned, ResolvedPattern } from "./consumer-group.ts";
import {
  FIRST_EPOCH,
  LEAVE_EPOCH,
  MemberState,
  newMember,
  nothingOwned,
} from "./consumer-group.ts";
import type { ConsumerGroupRecord } from "./records.ts";

export type Undo = () => void;

const nothing: Undo = () => {};

export function applyRecord(group: ConsumerGroup, record: ConsumerGroupRecord): Undo {
  switch (record.kind) {
    case "group": {
      const { groupEpoch, metadataHash } = group;
      group.groupEpoch = record.value?.epoch ?? FIRST_EPOCH;
      group.metadataHash = record.value?.metadataHash ?? 0n;
      return () => Object.assign(group, { groupEpoch, metadataHash });
    }
    case "targetEpoch": {
      const { assignmentEpoch, assignmentTimestampMs } = group;
      group.assignmentEpoch = record.value?.assignmentEpoch ?? FIRST_EPOCH;
      group.assignmentTimestampMs = record.value?.assignmentTimestamp ?? 0;
      return () => Object.assign(group, { assignmentEpoch, assignmentTimestampMs });
    }
    case "member":
      if (record.value === null) return removeMember(group, record.memberId);
      return replaceMember(group, describedBy(memberOf(group, record.memberId), record.value));
    case "current":
      return record.value === null
        ? leave(group, record.memberId)
        : replaceMember(group, assignedBy(memberOf(group, record.memberId), record.value));
    case "target": {
      const target = record.value === null ? undefined : assignmentOf(record.value.topicPartitions);
      return put<Assignment>(group.targets, record.memberId, target);
    }
    case "pattern": {
      const { value } = record;
      const resolved =
        value === null
          ? undefined
          : { topics: value.topics, version: value.version, timestampMs: value.timestamp };
      return put<ResolvedPattern>(group.patterns, record.pattern, resolved);
    }
    case "partitions":
      return nothing;
  }
}

function put<V>(map: Map<string, V>, key: string, value: V | undefined): Undo {
  const old = map.get(key);
  if (value === undefined) map.delete(key);
  else map.set(key, value);
  return old === undefined ? () => map.delete(key) : () => map.set(key, old);
}

/**
 * Compaction may leave the records of a member in another order than they were written in, so either
 * of them begins it (`ConsumerGroup.getOrMaybeCreatePersistedMember`).
 */
function memberOf(group: ConsumerGroup, memberId: string): Member {
  return group.members.get(memberId) ?? newMember(memberId);
}

function replaceMember(group: ConsumerGroup, next: Member): Undo {
  const old = group.members.get(next.memberId);
  exchange(group, next.memberId, old, next);
  return () => exchange(group, next.memberId, next, old);
}

function removeMember(group: ConsumerGroup, memberId: string): Undo {
  const old = group.members.get(memberId);
  if (old === undefined) return nothing;
  exchange(group, memberId, old, undefined);
  return () => exchange(group, memberId, undefined, old);
}

/** It owns nothing any more; another record removes it. */
function leave(group: ConsumerGroup, memberId: string): Undo {
  const old = group.members.get(memberId);
  if (old === undefined) return nothing;
  return replaceMember(group, {
    ...old,
    memberEpoch: LEAVE_EPOCH,
    previousMemberEpoch: LEAVE_EPOCH,
    state: MemberState.STABLE,
    assigned: nothingOwned,
    pendingRevocation: nothingOwned,
  });
}

function exchange(
  group: ConsumerGroup,
  memberId: string,
  old: Member | undefined,
  next: Member | undefined,
): void {
  if (old !== undefined) {
    disown(group, memberId, old.assigned);
    disown(group, memberId, old.pendingRevocation);
    if (old.instanceId !== null && group.staticMembers.get(old.instanceId) === memberId) {
      group.staticMembers.delete(old.instanceId);
    }
  }
  if (next === undefined) {
    group.members.delete(memberId);
    return;
  }
  group.members.set(memberId, next);
  own(group, memberId, next.assigned);
  own(group, memberId, next.pendingRevocation);
  if (next.instanceId !== null) group.staticMembers.set(next.instanceId, memberId);
}

function own(group: ConsumerGroup, memberId: string, owned: Owned): void {
  for (const [topicId, epochs] of owned) {
    let owners = group.owners.get(topicId);
    if (owners === undefined) group.owners.set(topicId, (owners = new Map()));
    for (const partition of epochs.keys()) owners.set(partition, memberId);
  }
}

function disown(group: ConsumerGroup, memberId: string, owned: Owned): void {
  for (const [topicId, epochs] of owned) {
    const owners = group.owners.get(topicId);
    if (owners === undefined) continue;
    for (const partition of epochs.keys()) {
      // Somebody else may have it by now, when records come out of a compacted log.
      if (owners.get(partition) === memberId) owners.delete(partition);
    }
    if (owners.size === 0) group.owners.delete(topicId);
  }
}

function describedBy(old: Member, value: ConsumerGroupMemberMetadataValue): Member {
  return {
    ...old,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    subscribedTopicNames: value.subscribedTopicNames,
    subscribedTopicRegex: value.subscribedTopicRegex ?? "",
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    serverAssignor: value.serverAssignor,
    classic: value.classicMemberMetadata,
  };
}

const memberStates: ReadonlySet<number> = new Set(Object.values(MemberState));

function assignedBy(old: Member, value: ConsumerGroupCurrentMemberAssignmentValue): Member {
  const { memberEpoch, previousMemberEpoch, state } = value;
  return {
    ...old,
    memberEpoch,
    previousMemberEpoch,
    // A state that some later Kafka has added.
    state: memberStates.has(state) ? (state as MemberState) : MemberState.UNKNOWN,
    assigned: ownedOf(value.assignedPartitions, memberEpoch),
    pendingRevocation: ownedOf(value.partitionsPendingRevocation, memberEpoch),
  };
}

type ListedPartitions = ConsumerGroupCurrentMemberAssignmentValue["assignedPartitions"];

/** Kafka before 4.3 kept no epoch of each partition: the member's own stands for it. */
function ownedOf(listed: ListedPartitions, memberEpoch: number): Owned {
  if (listed.length === 0) return nothingOwned;
  return new Map(
    listed.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((id, i) => [id, assignmentEpochs?.[i] ?? memberEpoch])),
    ]),
  );
}

function assignmentOf(
  listed: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
): Assignment {
  return new Map(
    listed.map(({ topicId, partitions }) => [topicId, partitions.toSorted((a, b) => a - b)]),
  );
}
