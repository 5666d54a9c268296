// EndTxnMarker: the value of the control record that ends a transaction in a partition.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, message } from "../../schema.ts";

export const EndTxnMarker = message(
  { name: "EndTxnMarker", apiKey: -1, versions: [0, 0], flexibleFrom: Infinity },
  {
    /** Of the transaction coordinator; older ones are fenced. */
    coordinatorEpoch: int32,
  },
);
export type EndTxnMarker = Infer<typeof EndTxnMarker>;
