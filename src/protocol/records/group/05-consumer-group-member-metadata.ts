// ConsumerGroupMemberMetadata (__consumer_offsets, type 5): a member and what it subscribes to
// (KIP-848).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, bytes, int32, message, string, struct } from "../../schema.ts";

export const ConsumerGroupMemberMetadataKey = message(
  { name: "ConsumerGroupMemberMetadataKey", apiKey: 5, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
    memberId: string,
  },
);
export type ConsumerGroupMemberMetadataKey = Infer<typeof ConsumerGroupMemberMetadataKey>;

export const ConsumerGroupMemberMetadataValue = message(
  { name: "ConsumerGroupMemberMetadataValue", apiKey: 5, versions: [0, 0], flexibleFrom: 0 },
  {
    instanceId: string.nullable(),
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: arrayOf(string),
    subscribedTopicRegex: string.nullable(),
    rebalanceTimeoutMs: int32.orElse(-1),
    serverAssignor: string.nullable(),
    classicMemberMetadata: struct({
      sessionTimeoutMs: int32,
      supportedProtocols: arrayOf({
        name: string,
        metadata: bytes,
      }),
    })
      .nullable()
      .tagged(0),
  },
);
export type ConsumerGroupMemberMetadataValue = Infer<typeof ConsumerGroupMemberMetadataValue>;
