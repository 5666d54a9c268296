// SaslAuthenticate (key 36): one step of a SASL exchange.
//
// v1 how long the session lasts (KIP-368); v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { bytes, int16, int64, message, string } from "../schema.ts";

export const SaslAuthenticateRequest = message(
  { name: "SaslAuthenticateRequest", apiKey: 36, versions: [0, 2], flexibleFrom: 2 },
  {
    authBytes: bytes,
  },
);
export type SaslAuthenticateRequest = Infer<typeof SaslAuthenticateRequest>;

export const SaslAuthenticateResponse = message(
  { name: "SaslAuthenticateResponse", apiKey: 36, versions: [0, 2], flexibleFrom: 2 },
  {
    errorCode: int16,
    errorMessage: string.nullable(),
    authBytes: bytes,
    sessionLifetimeMs: int64.from(1).orElse(0).ignorable(),
  },
);
export type SaslAuthenticateResponse = Infer<typeof SaslAuthenticateResponse>;
