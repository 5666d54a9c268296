// RemoveDelegationTokenRecord (metadata log, type 26): a delegation token is gone.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, string } from "../../schema.ts";

export const RemoveDelegationTokenRecord = message(
  { name: "RemoveDelegationTokenRecord", apiKey: 26, versions: [0, 0], flexibleFrom: 0 },
  {
    tokenId: string,
  },
);
export type RemoveDelegationTokenRecord = Infer<typeof RemoveDelegationTokenRecord>;
