// RemoveUserScramCredentialRecord (metadata log, type 22): a user's SCRAM credential was removed.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int8, message, string } from "../../schema.ts";

export const RemoveUserScramCredentialRecord = message(
  { name: "RemoveUserScramCredentialRecord", apiKey: 22, versions: [0, 0], flexibleFrom: 0 },
  {
    name: string,
    mechanism: int8,
  },
);
export type RemoveUserScramCredentialRecord = Infer<typeof RemoveUserScramCredentialRecord>;
