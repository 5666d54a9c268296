// StreamsGroupTargetAssignmentMetadata (__consumer_offsets, type 20): the epoch of the target
// assignment.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message, string } from "../../schema.ts";

export const StreamsGroupTargetAssignmentMetadataKey = message(
  {
    name: "StreamsGroupTargetAssignmentMetadataKey",
    apiKey: 20,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
  },
);
export type StreamsGroupTargetAssignmentMetadataKey = Infer<
  typeof StreamsGroupTargetAssignmentMetadataKey
>;

export const StreamsGroupTargetAssignmentMetadataValue = message(
  {
    name: "StreamsGroupTargetAssignmentMetadataValue",
    apiKey: 20,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    assignmentEpoch: int32,
    assignmentTimestamp: int64.tagged(0).orElse(0).ignorable(),
  },
);
export type StreamsGroupTargetAssignmentMetadataValue = Infer<
  typeof StreamsGroupTargetAssignmentMetadataValue
>;
