// TransactionLog, a record of __transaction_state.
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
