// TransactionLog (__transaction_state, type 0): the state of one transactional id.
//
// v1 flexible, the ids before and after and the client's transaction version (KIP-890).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, string } from "../../schema.ts";

export const TransactionLogKey = message(
  { name: "TransactionLogKey", apiKey: 0, versions: [0, 0], flexibleFrom: Infinity },
  {
    transactionalId: string,
  },
);
export type TransactionLogKey = Infer<typeof TransactionLogKey>;

export const TransactionLogValue = message(
  { name: "TransactionLogValue", apiKey: 0, versions: [0, 1], flexibleFrom: 1 },
  {
    producerId: int64,
    previousProducerId: int64.from(1).tagged(0).orElse(-1),
    nextProducerId: int64.from(1).tagged(1).orElse(-1),
    producerEpoch: int16,
    nextProducerEpoch: int16.from(1).tagged(3).orElse(-1),
    transactionTimeoutMs: int32,
    /** 0 empty, 1 ongoing, 2 prepare commit, 3 prepare abort, 4 complete commit, 5 complete abort, 6 dead, 7 prepare epoch fence. */
    transactionStatus: int8,
    transactionPartitions: arrayOf({
      topic: string,
      partitionIds: arrayOf(int32),
    }).nullable(),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: int16.from(1).tagged(2).orElse(0),
  },
);
export type TransactionLogValue = Infer<typeof TransactionLogValue>;
