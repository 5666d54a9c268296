// ConsumerGroupTargetAssignmentMetadata (__consumer_offsets, type 6): the epoch of the target
// assignment.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message, string } from "../../schema.ts";

export const ConsumerGroupTargetAssignmentMetadataKey = message(
  {
    name: "ConsumerGroupTargetAssignmentMetadataKey",
    apiKey: 6,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
  },
);
export type ConsumerGroupTargetAssignmentMetadataKey = Infer<
  typeof ConsumerGroupTargetAssignmentMetadataKey
>;

export const ConsumerGroupTargetAssignmentMetadataValue = message(
  {
    name: "ConsumerGroupTargetAssignmentMetadataValue",
    apiKey: 6,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    assignmentEpoch: int32,
    assignmentTimestamp: int64.tagged(0).orElse(0).ignorable(),
  },
);
export type ConsumerGroupTargetAssignmentMetadataValue = Infer<
  typeof ConsumerGroupTargetAssignmentMetadataValue
>;
