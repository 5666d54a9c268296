// DescribeAcls (key 29): the access rules that match a filter.
//
// v1 pattern types; v2 flexible; v3 user resources.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const DescribeAclsRequest = message(
  { name: "DescribeAclsRequest", apiKey: 29, versions: [1, 3], flexibleFrom: 2 },
  {
    resourceTypeFilter: int8,
    resourceNameFilter: string.nullable(),
    patternTypeFilter: int8.orElse(3),
    principalFilter: string.nullable(),
    hostFilter: string.nullable(),
    operation: int8,
    permissionType: int8,
  },
);
export type DescribeAclsRequest = Infer<typeof DescribeAclsRequest>;

export const DescribeAclsResponse = message(
  { name: "DescribeAclsResponse", apiKey: 29, versions: [1, 3], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
    resources: arrayOf({
      resourceType: int8,
      resourceName: string,
      patternType: int8.orElse(3),
      acls: arrayOf({
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
);
export type DescribeAclsResponse = Infer<typeof DescribeAclsResponse>;
