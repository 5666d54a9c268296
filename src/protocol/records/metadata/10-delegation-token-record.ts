// DelegationTokenRecord (metadata log, type 10): a delegation token was made or renewed.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int64, message, string } from "../../schema.ts";

export const DelegationTokenRecord = message(
  { name: "DelegationTokenRecord", apiKey: 10, versions: [0, 0], flexibleFrom: 0 },
  {
    owner: string,
    requester: string,
    renewers: arrayOf(string),
    issueTimestamp: int64,
    maxTimestamp: int64,
    expirationTimestamp: int64,
    tokenId: string,
  },
);
export type DelegationTokenRecord = Infer<typeof DelegationTokenRecord>;
