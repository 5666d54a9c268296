// EndTxn (key 26): commits or aborts a transaction.
//
// v3 flexible; v4 TRANSACTION_ABORTABLE; v5 answers the producer's next id and epoch (KIP-890).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { boolean, int16, int32, int64, message, string } from "../schema.ts";

export const EndTxnRequest = message(
  { name: "EndTxnRequest", apiKey: 26, versions: [0, 5], flexibleFrom: 3 },
  {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    /** false: abort. */
    committed: boolean,
  },
);
export type EndTxnRequest = Infer<typeof EndTxnRequest>;

export const EndTxnResponse = message(
  { name: "EndTxnResponse", apiKey: 26, versions: [0, 5], flexibleFrom: 3 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: int64.from(5).orElse(-1).ignorable(),
    producerEpoch: int16.from(5).orElse(-1).ignorable(),
  },
);
export type EndTxnResponse = Infer<typeof EndTxnResponse>;
