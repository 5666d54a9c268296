// ReadShareGroupStateSummary (key 87): where share partitions start, without their batches
// (KIP-932).
//
// v1 deliveryCompleteCount (KIP-1226).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string, uuid } from "../schema.ts";

export const ReadShareGroupStateSummaryRequest = message(
  { name: "ReadShareGroupStateSummaryRequest", apiKey: 87, versions: [0, 1], flexibleFrom: 0 },
  {
    groupId: string,
    topics: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
        leaderEpoch: int32,
      }),
    }),
  },
);
export type ReadShareGroupStateSummaryRequest = Infer<typeof ReadShareGroupStateSummaryRequest>;

export const ReadShareGroupStateSummaryResponse = message(
  { name: "ReadShareGroupStateSummaryResponse", apiKey: 87, versions: [0, 1], flexibleFrom: 0 },
  {
    results: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
        stateEpoch: int32,
        leaderEpoch: int32,
        startOffset: int64,
        deliveryCompleteCount: int32.from(1).orElse(-1).ignorable(),
      }),
    }),
  },
);
export type ReadShareGroupStateSummaryResponse = Infer<typeof ReadShareGroupStateSummaryResponse>;
