// SaslHandshake (key 17).
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
