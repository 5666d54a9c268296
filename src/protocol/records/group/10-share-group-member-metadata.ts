// ShareGroupMemberMetadata (__consumer_offsets, type 10): a member of a share group (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, message, string } from "../../schema.ts";

export const ShareGroupMemberMetadataKey = message(
  { name: "ShareGroupMemberMetadataKey", apiKey: 10, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
    memberId: string,
  },
);
export type ShareGroupMemberMetadataKey = Infer<typeof ShareGroupMemberMetadataKey>;

export const ShareGroupMemberMetadataValue = message(
  { name: "ShareGroupMemberMetadataValue", apiKey: 10, versions: [0, 0], flexibleFrom: 0 },
  {
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: arrayOf(string),
  },
);
export type ShareGroupMemberMetadataValue = Infer<typeof ShareGroupMemberMetadataValue>;
