// ConsumerGroupMetadata (__consumer_offsets, type 3): the epoch of a consumer group (KIP-848).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { exactInt64, int32, message, string } from "../../schema.ts";

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
    metadataHash: exactInt64.tagged(0).orElse(0n),
  },
);
export type ConsumerGroupMetadataValue = Infer<typeof ConsumerGroupMetadataValue>;
