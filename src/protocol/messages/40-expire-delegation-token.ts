// ExpireDelegationToken (key 40): sets, or ends, the time of a token.
//
// v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { bytes, int16, int32, int64, message } from "../schema.ts";

export const ExpireDelegationTokenRequest = message(
  { name: "ExpireDelegationTokenRequest", apiKey: 40, versions: [1, 2], flexibleFrom: 2 },
  {
    hmac: bytes,
    /** Negative: at once. */
    expiryTimePeriodMs: int64,
  },
);
export type ExpireDelegationTokenRequest = Infer<typeof ExpireDelegationTokenRequest>;

export const ExpireDelegationTokenResponse = message(
  { name: "ExpireDelegationTokenResponse", apiKey: 40, versions: [1, 2], flexibleFrom: 2 },
  {
    errorCode: int16,
    expiryTimestampMs: int64,
    throttleTimeMs: int32,
  },
);
export type ExpireDelegationTokenResponse = Infer<typeof ExpireDelegationTokenResponse>;
