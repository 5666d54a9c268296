// UserScramCredentialRecord (metadata log, type 11): a user's SCRAM credential was set.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { bytes, int32, int8, message, string } from "../../schema.ts";

export const UserScramCredentialRecord = message(
  { name: "UserScramCredentialRecord", apiKey: 11, versions: [0, 0], flexibleFrom: 0 },
  {
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
);
export type UserScramCredentialRecord = Infer<typeof UserScramCredentialRecord>;
