// WriteTxnMarkers (key 27): a coordinator has brokers write the outcome of transactions.
//
// v1 flexible; v2 transactionVersion (KIP-1228).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, int8, message, string } from "../schema.ts";

export const WriteTxnMarkersRequest = message(
  { name: "WriteTxnMarkersRequest", apiKey: 27, versions: [1, 2], flexibleFrom: 1 },
  {
    markers: arrayOf({
      producerId: int64,
      producerEpoch: int16,
      /** true: committed; false: aborted. */
      transactionResult: boolean,
      topics: arrayOf({
        name: string,
        partitionIndexes: arrayOf(int32),
      }),
      coordinatorEpoch: int32,
      /** Level of transaction.version under which it ran (KIP-1228). */
      transactionVersion: int8.from(2).orElse(0).ignorable(),
    }),
  },
);
export type WriteTxnMarkersRequest = Infer<typeof WriteTxnMarkersRequest>;

export const WriteTxnMarkersResponse = message(
  { name: "WriteTxnMarkersResponse", apiKey: 27, versions: [1, 2], flexibleFrom: 1 },
  {
    markers: arrayOf({
      producerId: int64,
      topics: arrayOf({
        name: string,
        partitions: arrayOf({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    }),
  },
);
export type WriteTxnMarkersResponse = Infer<typeof WriteTxnMarkersResponse>;
