// ProducerIdsRecord (metadata log, type 15): a broker was given a block of producer ids.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, message } from "../../schema.ts";

export const ProducerIdsRecord = message(
  { name: "ProducerIdsRecord", apiKey: 15, versions: [0, 0], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64.orElse(-1),
    /** The first id that is still free. */
    nextProducerId: int64,
  },
);
export type ProducerIdsRecord = Infer<typeof ProducerIdsRecord>;
