// DescribeUserScramCredentials (key 50): who has SCRAM credentials of which kind (KIP-554).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const DescribeUserScramCredentialsRequest = message(
  { name: "DescribeUserScramCredentialsRequest", apiKey: 50, versions: [0, 0], flexibleFrom: 0 },
  {
    users: arrayOf({
      name: string,
    }).nullable(),
  },
);
export type DescribeUserScramCredentialsRequest = Infer<typeof DescribeUserScramCredentialsRequest>;

export const DescribeUserScramCredentialsResponse = message(
  { name: "DescribeUserScramCredentialsResponse", apiKey: 50, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
    results: arrayOf({
      user: string,
      errorCode: int16,
      errorMessage: string.nullable(),
      credentialInfos: arrayOf({
        /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
        mechanism: int8,
        iterations: int32,
      }),
    }),
  },
);
export type DescribeUserScramCredentialsResponse = Infer<
  typeof DescribeUserScramCredentialsResponse
>;
