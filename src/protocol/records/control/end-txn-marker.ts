// EndTxnMarker, the body of a control record.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, message } from "../../schema.ts";

export const EndTxnMarker = message(
  { name: "EndTxnMarker", apiKey: -1, versions: [0, 0], flexibleFrom: Infinity },
  {
    coordinatorEpoch: int32,
  },
);
export type EndTxnMarker = Infer<typeof EndTxnMarker>;
