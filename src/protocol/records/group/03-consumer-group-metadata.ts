// ConsumerGroupMetadata, a record of __consumer_offsets (type 3).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message, string } from "../../schema.ts";

export const ConsumerGroupMetadataKey = message(
  { name: "ConsumerGroupMetadataKey", apiKey: 3, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
  },
);
export type ConsumerGroupMetadataKey = Infer<typeof ConsumerGroupMetadataKey>;

export const ConsumerGroupMetadataValue = message(
  { name: "ConsumerGroupMetadataValue", apiKey: 3, versions: [0, 0], flexibleFrom: 0 },
  {
    epoch: int32,
    metadataHash: int64.tagged(0).orElse(0),
  },
);
export type ConsumerGroupMetadataValue = Infer<typeof ConsumerGroupMetadataValue>;
