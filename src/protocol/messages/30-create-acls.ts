// CreateAcls (key 30).
//
// v1 pattern types; v2 flexible; v3 user resources.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const CreateAclsRequest = message(
  { name: "CreateAclsRequest", apiKey: 30, versions: [1, 3], flexibleFrom: 2 },
  {
    creations: arrayOf({
      resourceType: int8,
      resourceName: string,
      resourcePatternType: int8.orElse(3),
      principal: string,
      host: string,
      operation: int8,
      permissionType: int8,
    }),
  },
);
export type CreateAclsRequest = Infer<typeof CreateAclsRequest>;

export const CreateAclsResponse = message(
  { name: "CreateAclsResponse", apiKey: 30, versions: [1, 3], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    results: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable(),
    }),
  },
);
export type CreateAclsResponse = Infer<typeof CreateAclsResponse>;
