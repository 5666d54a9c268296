// AbortTransactionRecord (metadata log, type 25): the records since the beginning do not count
// (KIP-868).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, string } from "../../schema.ts";

export const AbortTransactionRecord = message(
  { name: "AbortTransactionRecord", apiKey: 25, versions: [0, 0], flexibleFrom: 0 },
  {
    reason: string.nullable().tagged(0).orElse(null),
  },
);
export type AbortTransactionRecord = Infer<typeof AbortTransactionRecord>;
