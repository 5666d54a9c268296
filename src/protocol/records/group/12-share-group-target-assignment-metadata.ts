// ShareGroupTargetAssignmentMetadata (__consumer_offsets, type 12): the epoch of the target
// assignment.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message, string } from "../../schema.ts";

export const ShareGroupTargetAssignmentMetadataKey = message(
  {
    name: "ShareGroupTargetAssignmentMetadataKey",
    apiKey: 12,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
  },
);
export type ShareGroupTargetAssignmentMetadataKey = Infer<
  typeof ShareGroupTargetAssignmentMetadataKey
>;

export const ShareGroupTargetAssignmentMetadataValue = message(
  {
    name: "ShareGroupTargetAssignmentMetadataValue",
    apiKey: 12,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    assignmentEpoch: int32,
    assignmentTimestamp: int64.tagged(0).orElse(0).ignorable(),
  },
);
export type ShareGroupTargetAssignmentMetadataValue = Infer<
  typeof ShareGroupTargetAssignmentMetadataValue
>;
