// DescribeProducers (key 61): the producers that partitions remember (KIP-664).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string } from "../schema.ts";

export const DescribeProducersRequest = message(
  { name: "DescribeProducersRequest", apiKey: 61, versions: [0, 0], flexibleFrom: 0 },
  {
    topics: arrayOf({
      name: string,
      partitionIndexes: arrayOf(int32),
    }),
  },
);
export type DescribeProducersRequest = Infer<typeof DescribeProducersRequest>;

export const DescribeProducersResponse = message(
  { name: "DescribeProducersResponse", apiKey: 61, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
        activeProducers: arrayOf({
          producerId: int64,
          producerEpoch: int32,
          lastSequence: int32.orElse(-1),
          lastTimestamp: int64.orElse(-1),
          coordinatorEpoch: int32,
          /** -1: no transaction is open. */
          currentTxnStartOffset: int64.orElse(-1),
        }),
      }),
    }),
  },
);
export type DescribeProducersResponse = Infer<typeof DescribeProducersResponse>;
