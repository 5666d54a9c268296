// UnregisterBrokerRecord (metadata log, type 1): a broker is forgotten.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message } from "../../schema.ts";

export const UnregisterBrokerRecord = message(
  { name: "UnregisterBrokerRecord", apiKey: 1, versions: [0, 0], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
  },
);
export type UnregisterBrokerRecord = Infer<typeof UnregisterBrokerRecord>;
