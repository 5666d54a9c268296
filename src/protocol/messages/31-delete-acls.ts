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
      resourceTypeFilter: int8,
      resourceNameFilter: string.nullable(),
      patternTypeFilter: int8.orElse(3),
      principalFilter: string.nullable(),
      hostFilter: string.nullable(),
      operation: int8,
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
