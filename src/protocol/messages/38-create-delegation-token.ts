// CreateDelegationToken (key 38).
//
// v2 flexible; v3 on behalf of another owner.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, bytes, int16, int32, int64, message, string } from "../schema.ts";

export const CreateDelegationTokenRequest = message(
  { name: "CreateDelegationTokenRequest", apiKey: 38, versions: [1, 3], flexibleFrom: 2 },
  {
    ownerPrincipalType: string.from(3).nullable(),
    ownerPrincipalName: string.from(3).nullable(),
    renewers: arrayOf({
      principalType: string,
      principalName: string,
    }),
    /** -1: as long as the broker allows. */
    maxLifetimeMs: int64,
  },
);
export type CreateDelegationTokenRequest = Infer<typeof CreateDelegationTokenRequest>;

export const CreateDelegationTokenResponse = message(
  { name: "CreateDelegationTokenResponse", apiKey: 38, versions: [1, 3], flexibleFrom: 2 },
  {
    errorCode: int16,
    principalType: string,
    principalName: string,
    tokenRequesterPrincipalType: string.from(3),
    tokenRequesterPrincipalName: string.from(3),
    issueTimestampMs: int64,
    expiryTimestampMs: int64,
    maxTimestampMs: int64,
    tokenId: string,
    hmac: bytes,
    throttleTimeMs: int32,
  },
);
export type CreateDelegationTokenResponse = Infer<typeof CreateDelegationTokenResponse>;
