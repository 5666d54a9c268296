// DeleteAcls (key 31): removes the access rules that match filters, and tells which.
//
// v1 pattern types; v2 flexible; v3 user resources.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const DeleteAclsRequest = message(
  { name: "DeleteAclsRequest", apiKey: 31, versions: [1, 3], flexibleFrom: 2 },
  {
    filters: arrayOf({
      /** 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user. */
      resourceTypeFilter: int8,
      resourceNameFilter: string.nullable(),
      /** 1 any, 2 match, 3 literal, 4 prefixed. */
      patternTypeFilter: int8.orElse(3),
      principalFilter: string.nullable(),
      hostFilter: string.nullable(),
      /** 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe and so on. */
      operation: int8,
      /** 1 any, 2 deny, 3 allow. */
      permissionType: int8,
    }),
  },
);
export type DeleteAclsRequest = Infer<typeof DeleteAclsRequest>;

export const DeleteAclsResponse = message(
  { name: "DeleteAclsResponse", apiKey: 31, versions: [1, 3], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    filterResults: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable(),
      matchingAcls: arrayOf({
        errorCode: int16,
        errorMessage: string.nullable(),
        resourceType: int8,
        resourceName: string,
        patternType: int8.orElse(3),
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
);
export type DeleteAclsResponse = Infer<typeof DeleteAclsResponse>;
