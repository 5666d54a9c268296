// DescribeTransactions (key 65): state of transactional ids (KIP-664).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string } from "../schema.ts";

export const DescribeTransactionsRequest = message(
  { name: "DescribeTransactionsRequest", apiKey: 65, versions: [0, 0], flexibleFrom: 0 },
  {
    transactionalIds: arrayOf(string),
  },
);
export type DescribeTransactionsRequest = Infer<typeof DescribeTransactionsRequest>;

export const DescribeTransactionsResponse = message(
  { name: "DescribeTransactionsResponse", apiKey: 65, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    transactionStates: arrayOf({
      errorCode: int16,
      transactionalId: string,
      transactionState: string,
      transactionTimeoutMs: int32,
      transactionStartTimeMs: int64,
      producerId: int64,
      producerEpoch: int16,
      topics: arrayOf({
        topic: string,
        partitions: arrayOf(int32),
      }),
    }),
  },
);
export type DescribeTransactionsResponse = Infer<typeof DescribeTransactionsResponse>;
