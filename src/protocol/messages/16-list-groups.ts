// ListGroups (key 16): the groups that a broker coordinates.
//
// v3 flexible; v4 states (KIP-518); v5 types (KIP-848).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string } from "../schema.ts";

export const ListGroupsRequest = message(
  { name: "ListGroupsRequest", apiKey: 16, versions: [0, 5], flexibleFrom: 3 },
  {
    statesFilter: arrayOf(string).from(4),
    typesFilter: arrayOf(string).from(5),
  },
);
export type ListGroupsRequest = Infer<typeof ListGroupsRequest>;

export const ListGroupsResponse = message(
  { name: "ListGroupsResponse", apiKey: 16, versions: [0, 5], flexibleFrom: 3 },
  {
    throttleTimeMs: int32.from(1).ignorable(),
    errorCode: int16,
    groups: arrayOf({
      groupId: string,
      protocolType: string,
      groupState: string.from(4).ignorable(),
      groupType: string.from(5).ignorable(),
    }),
  },
);
export type ListGroupsResponse = Infer<typeof ListGroupsResponse>;
