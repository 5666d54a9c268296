// BrokerRegistrationChangeRecord (metadata log, type 17): a broker was fenced, unfenced, or began
// to shut down.
//
// v1 controlled shutdown; v2 log directories (KIP-858); v3 cordoned directories (KIP-1066).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int64, int8, message, uuid } from "../../schema.ts";

export const BrokerRegistrationChangeRecord = message(
  { name: "BrokerRegistrationChangeRecord", apiKey: 17, versions: [0, 3], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
    /** -1: unfenced; 0: unchanged; 1: fenced. */
    fenced: int8.tagged(0),
    /** 0: unchanged; 1: began. */
    inControlledShutdown: int8.from(1).tagged(1),
    logDirs: arrayOf(uuid).from(2).tagged(2),
    cordonedLogDirs: arrayOf(uuid).from(3).nullable().tagged(3).orElse(null),
  },
);
export type BrokerRegistrationChangeRecord = Infer<typeof BrokerRegistrationChangeRecord>;
