// RenewDelegationToken (key 39): gives a token more time.
//
// v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { bytes, int16, int32, int64, message } from "../schema.ts";

export const RenewDelegationTokenRequest = message(
  { name: "RenewDelegationTokenRequest", apiKey: 39, versions: [1, 2], flexibleFrom: 2 },
  {
    hmac: bytes,
    renewPeriodMs: int64,
  },
);
export type RenewDelegationTokenRequest = Infer<typeof RenewDelegationTokenRequest>;

export const RenewDelegationTokenResponse = message(
  { name: "RenewDelegationTokenResponse", apiKey: 39, versions: [1, 2], flexibleFrom: 2 },
  {
    errorCode: int16,
    expiryTimestampMs: int64,
    throttleTimeMs: int32,
  },
);
export type RenewDelegationTokenResponse = Infer<typeof RenewDelegationTokenResponse>;
