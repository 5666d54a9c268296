// ListTransactions (key 66): the transactional ids that a broker coordinates (KIP-664).
//
// v1 by duration (KIP-994); v2 by pattern (KIP-1152).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string } from "../schema.ts";

export const ListTransactionsRequest = message(
  { name: "ListTransactionsRequest", apiKey: 66, versions: [0, 2], flexibleFrom: 0 },
  {
    stateFilters: arrayOf(string),
    producerIdFilters: arrayOf(int64),
    /** Those that have run longer than so many ms; negative: all. */
    durationFilter: int64.from(1).orElse(-1),
    transactionalIdPattern: string.from(2).nullable().orElse(null),
  },
);
export type ListTransactionsRequest = Infer<typeof ListTransactionsRequest>;

export const ListTransactionsResponse = message(
  { name: "ListTransactionsResponse", apiKey: 66, versions: [0, 2], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    unknownStateFilters: arrayOf(string),
    transactionStates: arrayOf({
      transactionalId: string,
      producerId: int64,
      transactionState: string,
    }),
  },
);
export type ListTransactionsResponse = Infer<typeof ListTransactionsResponse>;
