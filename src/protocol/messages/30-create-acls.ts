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
      /** 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user. */
      resourceType: int8,
      resourceName: string,
      /** 3 literal, 4 prefixed. */
      resourcePatternType: int8.orElse(3),
      principal: string,
      host: string,
      /** 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe and so on. */
      operation: int8,
      /** 2 deny, 3 allow. */
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
