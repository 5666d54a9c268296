// Envelope (key 58): a broker forwards a client's request to the controller (KIP-590).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { bytes, int16, message } from "../schema.ts";

export const EnvelopeRequest = message(
  { name: "EnvelopeRequest", apiKey: 58, versions: [0, 0], flexibleFrom: 0 },
  {
    requestData: bytes,
    requestPrincipal: bytes.nullable(),
    clientHostAddress: bytes,
  },
);
export type EnvelopeRequest = Infer<typeof EnvelopeRequest>;

export const EnvelopeResponse = message(
  { name: "EnvelopeResponse", apiKey: 58, versions: [0, 0], flexibleFrom: 0 },
  {
    responseData: bytes.nullable().orElse(null),
    errorCode: int16,
  },
);
export type EnvelopeResponse = Infer<typeof EnvelopeResponse>;
