// The parts of a consumer group's state as records (`GroupCoordinatorRecordHelpers`). Lists are in
// one order, always the same, so that the same state gives the same bytes.
//
// Lives on: host thread (part of the group actor).

import type { Assignment } from "../assignors/assignor.ts";
import { compareText } from "../assignors/assignor.ts";
import type { ConsumerGroup, Member, Owned, ResolvedPattern } from "./consumer-group.ts";
import type { ConsumerGroupRecord } from "./records.ts";

export function memberRecord(member: Member): ConsumerGroupRecord {
  const value = {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.subscribedTopicNames,
    subscribedTopicRegex: member.subscribedTopicRegex,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    serverAssignor: member.serverAssignor,
    classicMemberMetadata: member.classic,
  };
  return { kind: "member", memberId: member.memberId, value };
}

export function groupRecord(epoch: number, metadataHash: bigint): ConsumerGroupRecord {
  return { kind: "group", value: { epoch, metadataHash } };
}

export function targetEpochRecord(
  assignmentEpoch: number,
  assignmentTimestamp: number,
): ConsumerGroupRecord {
  return { kind: "targetEpoch", value: { assignmentEpoch, assignmentTimestamp } };
}

export function targetRecord(memberId: string, target: Assignment): ConsumerGroupRecord {
  const topicPartitions = [...target]
    .map(([topicId, partitions]) => ({ topicId, partitions }))
    .sort((a, b) => compareText(a.topicId, b.topicId));
  return { kind: "target", memberId, value: { topicPartitions } };
}

export function currentRecord(member: Member): ConsumerGroupRecord {
  const value = {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: member.state,
    assignedPartitions: listOf(member.assigned),
    partitionsPendingRevocation: listOf(member.pendingRevocation),
  };
  return { kind: "current", memberId: member.memberId, value };
}

function listOf(owned: Owned): readonly {
  topicId: string;
  partitions: number[];
  assignmentEpochs: number[];
}[] {
  return [...owned]
    .sort(([a], [b]) => compareText(a, b))
    .map(([topicId, epochs]) => {
      const partitions = [...epochs.keys()].sort((a, b) => a - b);
      const assignmentEpochs = partitions.map((partition) => epochs.get(partition)!);
      return { topicId, partitions, assignmentEpochs };
    });
}

export function patternRecord(pattern: string, resolved: ResolvedPattern): ConsumerGroupRecord {
  const { topics, version, timestampMs } = resolved;
  return { kind: "pattern", pattern, value: { topics, version, timestamp: timestampMs } };
}

/** A member goes: the order is Kafka's, which reads it back. */
export function memberTombstones(memberId: string): readonly ConsumerGroupRecord[] {
  return [
    { kind: "current", memberId, value: null },
    { kind: "target", memberId, value: null },
    { kind: "member", memberId, value: null },
  ];
}

/** The whole group goes. */
export function groupTombstones(group: ConsumerGroup): readonly ConsumerGroupRecord[] {
  const memberIds = [...group.members.keys()];
  const of = (kind: "current" | "target" | "member") => (memberId: string) =>
    ({ kind, memberId, value: null }) as const;
  return [
    ...memberIds.map(of("current")),
    ...memberIds.map(of("target")),
    { kind: "targetEpoch", value: null },
    ...memberIds.map(of("member")),
    ...[...group.patterns.keys()].map(
      (pattern) => ({ kind: "pattern", pattern, value: null }) as const,
    ),
    // An older Kafka may have left one.
    { kind: "partitions", value: null },
    { kind: "group", value: null },
  ];
}
