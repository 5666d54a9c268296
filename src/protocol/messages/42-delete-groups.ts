// DeleteGroups (key 42): removes empty groups and their offsets.
//
// v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string } from "../schema.ts";

export const DeleteGroupsRequest = message(
  { name: "DeleteGroupsRequest", apiKey: 42, versions: [0, 2], flexibleFrom: 2 },
  {
    groupsNames: arrayOf(string),
  },
);
export type DeleteGroupsRequest = Infer<typeof DeleteGroupsRequest>;

export const DeleteGroupsResponse = message(
  { name: "DeleteGroupsResponse", apiKey: 42, versions: [0, 2], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    results: arrayOf({
      groupId: string,
      errorCode: int16,
    }),
  },
);
export type DeleteGroupsResponse = Infer<typeof DeleteGroupsResponse>;
