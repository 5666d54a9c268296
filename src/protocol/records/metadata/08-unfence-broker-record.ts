// UnfenceBrokerRecord (metadata log, type 8): older form of an unfencing;
// BrokerRegistrationChangeRecord has taken its place.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message } from "../../schema.ts";

export const UnfenceBrokerRecord = message(
  { name: "UnfenceBrokerRecord", apiKey: 8, versions: [0, 0], flexibleFrom: 0 },
  {
    id: int32,
    epoch: int64,
  },
);
export type UnfenceBrokerRecord = Infer<typeof UnfenceBrokerRecord>;
