// SaslHandshake (key 17): chooses the SASL mechanism.
//
// v1 is followed by SaslAuthenticate, v0 by bare SASL frames. Never flexible, and never to go
// beyond v1: clients up to 2.4 would negotiate it wrongly (KAFKA-9577).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, message, string } from "../schema.ts";

export const SaslHandshakeRequest = message(
  { name: "SaslHandshakeRequest", apiKey: 17, versions: [0, 1], flexibleFrom: Infinity },
  {
    mechanism: string,
  },
);
export type SaslHandshakeRequest = Infer<typeof SaslHandshakeRequest>;

export const SaslHandshakeResponse = message(
  { name: "SaslHandshakeResponse", apiKey: 17, versions: [0, 1], flexibleFrom: Infinity },
  {
    errorCode: int16,
    mechanisms: arrayOf(string),
  },
);
export type SaslHandshakeResponse = Infer<typeof SaslHandshakeResponse>;
