// FenceBrokerRecord (metadata log, type 7): older form of a fencing; BrokerRegistrationChangeRecord
// has taken its place.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message } from "../../schema.ts";

export const FenceBrokerRecord = message(
  { name: "FenceBrokerRecord", apiKey: 7, versions: [0, 0], flexibleFrom: 0 },
  {
    id: int32,
    epoch: int64,
  },
);
export type FenceBrokerRecord = Infer<typeof FenceBrokerRecord>;
