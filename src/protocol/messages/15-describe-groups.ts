// DescribeGroups (key 15): state and members of classic groups.
//
// v3 authorized operations; v4 static members; v5 flexible; v6 GROUP_ID_NOT_FOUND (KIP-1043).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, bytes, int16, int32, message, string } from "../schema.ts";

export const DescribeGroupsRequest = message(
  { name: "DescribeGroupsRequest", apiKey: 15, versions: [0, 6], flexibleFrom: 5 },
  {
    groups: arrayOf(string),
    includeAuthorizedOperations: boolean.from(3),
  },
);
export type DescribeGroupsRequest = Infer<typeof DescribeGroupsRequest>;

export const DescribeGroupsResponse = message(
  { name: "DescribeGroupsResponse", apiKey: 15, versions: [0, 6], flexibleFrom: 5 },
  {
    throttleTimeMs: int32.from(1).ignorable(),
    groups: arrayOf({
      errorCode: int16,
      errorMessage: string.from(6).nullable().orElse(null),
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: arrayOf({
        memberId: string,
        groupInstanceId: string.from(4).nullable().orElse(null).ignorable(),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: int32.from(3).orElse(-0x8000_0000),
    }),
  },
);
export type DescribeGroupsResponse = Infer<typeof DescribeGroupsResponse>;
