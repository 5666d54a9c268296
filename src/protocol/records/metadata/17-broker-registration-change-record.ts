// BrokerRegistrationChangeRecord, a record of the metadata log (type 17).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int64, int8, message, uuid } from "../../schema.ts";

export const BrokerRegistrationChangeRecord = message(
  { name: "BrokerRegistrationChangeRecord", apiKey: 17, versions: [0, 3], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: int8.tagged(0),
    inControlledShutdown: int8.from(1).tagged(1),
    logDirs: arrayOf(uuid).from(2).tagged(2),
    cordonedLogDirs: arrayOf(uuid).from(3).nullable().tagged(3).orElse(null),
  },
);
export type BrokerRegistrationChangeRecord = Infer<typeof BrokerRegistrationChangeRecord>;
