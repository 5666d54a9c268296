// ShareGroupTargetAssignmentMember (__consumer_offsets, type 13): what a member is meant to read.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, message, string, uuid } from "../../schema.ts";

export const ShareGroupTargetAssignmentMemberKey = message(
  {
    name: "ShareGroupTargetAssignmentMemberKey",
    apiKey: 13,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    memberId: string,
  },
);
export type ShareGroupTargetAssignmentMemberKey = Infer<typeof ShareGroupTargetAssignmentMemberKey>;

export const ShareGroupTargetAssignmentMemberValue = message(
  { name: "ShareGroupTargetAssignmentMemberValue", apiKey: 13, versions: [0, 0], flexibleFrom: 0 },
  {
    topicPartitions: arrayOf({
      topicId: uuid,
      partitions: arrayOf(int32),
    }),
  },
);
export type ShareGroupTargetAssignmentMemberValue = Infer<
  typeof ShareGroupTargetAssignmentMemberValue
>;
