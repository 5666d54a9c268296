// BeginTransactionRecord (metadata log, type 23): the records up to the end or abort belong
// together (KIP-868).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, string } from "../../schema.ts";

export const BeginTransactionRecord = message(
  { name: "BeginTransactionRecord", apiKey: 23, versions: [0, 0], flexibleFrom: 0 },
  {
    name: string.nullable().tagged(0).orElse(null),
  },
);
export type BeginTransactionRecord = Infer<typeof BeginTransactionRecord>;
