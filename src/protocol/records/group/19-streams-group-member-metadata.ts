// StreamsGroupMemberMetadata (__consumer_offsets, type 19): a member of a streams group.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, message, string, struct, uint16 } from "../../schema.ts";

export const StreamsGroupMemberMetadataKey = message(
  { name: "StreamsGroupMemberMetadataKey", apiKey: 19, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
    memberId: string,
  },
);
export type StreamsGroupMemberMetadataKey = Infer<typeof StreamsGroupMemberMetadataKey>;

const endpoint = {
  host: string,
  port: uint16,
};

const keyValue = {
  key: string,
  value: string,
};

export const StreamsGroupMemberMetadataValue = message(
  { name: "StreamsGroupMemberMetadataValue", apiKey: 19, versions: [0, 0], flexibleFrom: 0 },
  {
    instanceId: string.nullable(),
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    rebalanceTimeoutMs: int32.orElse(-1),
    topologyEpoch: int32,
    processId: string,
    userEndpoint: struct(endpoint).nullable().orElse(null),
    clientTags: arrayOf(keyValue),
  },
);
export type StreamsGroupMemberMetadataValue = Infer<typeof StreamsGroupMemberMetadataValue>;
