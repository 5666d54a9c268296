// ShareGroupCurrentMemberAssignment (__consumer_offsets, type 14): what a member reads.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int8, message, string, uuid } from "../../schema.ts";

export const ShareGroupCurrentMemberAssignmentKey = message(
  {
    name: "ShareGroupCurrentMemberAssignmentKey",
    apiKey: 14,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    memberId: string,
  },
);
export type ShareGroupCurrentMemberAssignmentKey = Infer<
  typeof ShareGroupCurrentMemberAssignmentKey
>;

const topicPartitions = {
  topicId: uuid,
  partitions: arrayOf(int32),
};

export const ShareGroupCurrentMemberAssignmentValue = message(
  { name: "ShareGroupCurrentMemberAssignmentValue", apiKey: 14, versions: [0, 0], flexibleFrom: 0 },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: arrayOf(topicPartitions),
  },
);
export type ShareGroupCurrentMemberAssignmentValue = Infer<
  typeof ShareGroupCurrentMemberAssignmentValue
>;
