// UnregisterBroker (key 64): a broker that will not come back is forgotten.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { int16, int32, message, string } from "../schema.ts";

export const UnregisterBrokerRequest = message(
  { name: "UnregisterBrokerRequest", apiKey: 64, versions: [0, 0], flexibleFrom: 0 },
  {
    brokerId: int32,
  },
);
export type UnregisterBrokerRequest = Infer<typeof UnregisterBrokerRequest>;

export const UnregisterBrokerResponse = message(
  { name: "UnregisterBrokerResponse", apiKey: 64, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
  },
);
export type UnregisterBrokerResponse = Infer<typeof UnregisterBrokerResponse>;
