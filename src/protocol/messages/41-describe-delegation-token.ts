// DescribeDelegationToken (key 41).
//
// v2 flexible; v3 who asked for the token.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, bytes, int16, int32, int64, message, string } from "../schema.ts";

export const DescribeDelegationTokenRequest = message(
  { name: "DescribeDelegationTokenRequest", apiKey: 41, versions: [1, 3], flexibleFrom: 2 },
  {
    owners: arrayOf({
      principalType: string,
      principalName: string,
    }).nullable(),
  },
);
export type DescribeDelegationTokenRequest = Infer<typeof DescribeDelegationTokenRequest>;

export const DescribeDelegationTokenResponse = message(
  { name: "DescribeDelegationTokenResponse", apiKey: 41, versions: [1, 3], flexibleFrom: 2 },
  {
    errorCode: int16,
    tokens: arrayOf({
      principalType: string,
      principalName: string,
      tokenRequesterPrincipalType: string.from(3),
      tokenRequesterPrincipalName: string.from(3),
      issueTimestamp: int64,
      expiryTimestamp: int64,
      maxTimestamp: int64,
      tokenId: string,
      hmac: bytes,
      renewers: arrayOf({
        principalType: string,
        principalName: string,
      }),
    }),
    throttleTimeMs: int32,
  },
);
export type DescribeDelegationTokenResponse = Infer<typeof DescribeDelegationTokenResponse>;
