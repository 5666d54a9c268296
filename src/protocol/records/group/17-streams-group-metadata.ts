// StreamsGroupMetadata (__consumer_offsets, type 17): the epoch of a streams group (KIP-1071).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, exactInt64, int32, message, string } from "../../schema.ts";

export const StreamsGroupMetadataKey = message(
  { name: "StreamsGroupMetadataKey", apiKey: 17, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
  },
);
export type StreamsGroupMetadataKey = Infer<typeof StreamsGroupMetadataKey>;

const lastAssignmentConfig = {
  key: string,
  value: string,
};

export const StreamsGroupMetadataValue = message(
  { name: "StreamsGroupMetadataValue", apiKey: 17, versions: [0, 0], flexibleFrom: 0 },
  {
    epoch: int32,
    metadataHash: exactInt64,
    validatedTopologyEpoch: int32.tagged(0).orElse(-1),
    lastAssignmentConfigs: arrayOf(lastAssignmentConfig).nullable().tagged(1),
  },
);
export type StreamsGroupMetadataValue = Infer<typeof StreamsGroupMetadataValue>;
