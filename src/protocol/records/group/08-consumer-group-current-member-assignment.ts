// ConsumerGroupCurrentMemberAssignment (__consumer_offsets, type 8): what a member owns and still
// has to give up.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int8, message, string, uuid } from "../../schema.ts";

export const ConsumerGroupCurrentMemberAssignmentKey = message(
  {
    name: "ConsumerGroupCurrentMemberAssignmentKey",
    apiKey: 8,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    memberId: string,
  },
);
export type ConsumerGroupCurrentMemberAssignmentKey = Infer<
  typeof ConsumerGroupCurrentMemberAssignmentKey
>;

const topicPartitions = {
  topicId: uuid,
  partitions: arrayOf(int32),
  assignmentEpochs: arrayOf(int32).nullable().tagged(0),
};

export const ConsumerGroupCurrentMemberAssignmentValue = message(
  {
    name: "ConsumerGroupCurrentMemberAssignmentValue",
    apiKey: 8,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: arrayOf(topicPartitions),
    partitionsPendingRevocation: arrayOf(topicPartitions),
  },
);
export type ConsumerGroupCurrentMemberAssignmentValue = Infer<
  typeof ConsumerGroupCurrentMemberAssignmentValue
>;
