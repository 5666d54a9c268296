// EndTransactionRecord (metadata log, type 24): the records since the beginning count (KIP-868).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message } from "../../schema.ts";

export const EndTransactionRecord = message(
  { name: "EndTransactionRecord", apiKey: 24, versions: [0, 0], flexibleFrom: 0 },
  {},
);
export type EndTransactionRecord = Infer<typeof EndTransactionRecord>;
