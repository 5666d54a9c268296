// ConsumerGroupTargetAssignmentMember (__consumer_offsets, type 7): what a member is meant to own.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, message, string, uuid } from "../../schema.ts";

export const ConsumerGroupTargetAssignmentMemberKey = message(
  {
    name: "ConsumerGroupTargetAssignmentMemberKey",
    apiKey: 7,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    memberId: string,
  },
);
export type ConsumerGroupTargetAssignmentMemberKey = Infer<
  typeof ConsumerGroupTargetAssignmentMemberKey
>;

export const ConsumerGroupTargetAssignmentMemberValue = message(
  {
    name: "ConsumerGroupTargetAssignmentMemberValue",
    apiKey: 7,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    topicPartitions: arrayOf({
      topicId: uuid,
      partitions: arrayOf(int32),
    }),
  },
);
export type ConsumerGroupTargetAssignmentMemberValue = Infer<
  typeof ConsumerGroupTargetAssignmentMemberValue
>;
