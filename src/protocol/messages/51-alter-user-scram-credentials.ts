// AlterUserScramCredentials (key 51): sets and removes SCRAM credentials (KIP-554).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, bytes, int16, int32, int8, message, string } from "../schema.ts";

export const AlterUserScramCredentialsRequest = message(
  { name: "AlterUserScramCredentialsRequest", apiKey: 51, versions: [0, 0], flexibleFrom: 0 },
  {
    deletions: arrayOf({
      name: string,
      /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
      mechanism: int8,
    }),
    upsertions: arrayOf({
      name: string,
      mechanism: int8,
      iterations: int32,
      salt: bytes,
      saltedPassword: bytes,
    }),
  },
);
export type AlterUserScramCredentialsRequest = Infer<typeof AlterUserScramCredentialsRequest>;

export const AlterUserScramCredentialsResponse = message(
  { name: "AlterUserScramCredentialsResponse", apiKey: 51, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    results: arrayOf({
      user: string,
      errorCode: int16,
      errorMessage: string.nullable(),
    }),
  },
);
export type AlterUserScramCredentialsResponse = Infer<typeof AlterUserScramCredentialsResponse>;
