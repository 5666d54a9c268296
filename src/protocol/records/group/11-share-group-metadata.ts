// ShareGroupMetadata (__consumer_offsets, type 11): the epoch of a share group.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { exactInt64, int32, message, string } from "../../schema.ts";

export const ShareGroupMetadataKey = message(
  { name: "ShareGroupMetadataKey", apiKey: 11, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
  },
);
export type ShareGroupMetadataKey = Infer<typeof ShareGroupMetadataKey>;

export const ShareGroupMetadataValue = message(
  { name: "ShareGroupMetadataValue", apiKey: 11, versions: [0, 0], flexibleFrom: 0 },
  {
    epoch: int32,
    metadataHash: exactInt64,
  },
);
export type ShareGroupMetadataValue = Infer<typeof ShareGroupMetadataValue>;
