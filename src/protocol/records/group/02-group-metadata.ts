// GroupMetadata (__consumer_offsets, type 2): a classic group: its generation, members and
// assignments.
//
// v1 rebalance timeouts; v2 time of the state; v3 static members; v4 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, bytes, int32, int64, message, string } from "../../schema.ts";

export const GroupMetadataKey = message(
  { name: "GroupMetadataKey", apiKey: 2, versions: [0, 0], flexibleFrom: Infinity },
  {
    group: string,
  },
);
export type GroupMetadataKey = Infer<typeof GroupMetadataKey>;

const memberMetadata = {
  memberId: string,
  groupInstanceId: string.from(3).nullable().orElse(null).ignorable(),
  clientId: string,
  clientHost: string,
  rebalanceTimeout: int32.from(1).orElse(-1).ignorable(),
  sessionTimeout: int32,
  subscription: bytes,
  assignment: bytes,
};

export const GroupMetadataValue = message(
  { name: "GroupMetadataValue", apiKey: 2, versions: [0, 4], flexibleFrom: 4 },
  {
    protocolType: string,
    generation: int32,
    protocol: string.nullable(),
    leader: string.nullable(),
    currentStateTimestamp: int64.from(2).orElse(-1).ignorable(),
    members: arrayOf(memberMetadata),
  },
);
export type GroupMetadataValue = Infer<typeof GroupMetadataValue>;
