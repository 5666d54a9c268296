// ReadShareGroupState (key 84): delivery state of share partitions, for their leader (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, string, uuid } from "../schema.ts";

export const ReadShareGroupStateRequest = message(
  { name: "ReadShareGroupStateRequest", apiKey: 84, versions: [0, 0], flexibleFrom: 0 },
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
export type ReadShareGroupStateRequest = Infer<typeof ReadShareGroupStateRequest>;

export const ReadShareGroupStateResponse = message(
  { name: "ReadShareGroupStateResponse", apiKey: 84, versions: [0, 0], flexibleFrom: 0 },
  {
    results: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
        stateEpoch: int32,
        startOffset: int64,
        stateBatches: arrayOf({
          firstOffset: int64,
          lastOffset: int64,
          /** 0 available, 2 acknowledged, 4 archived (KIP-932). */
          deliveryState: int8,
          deliveryCount: int16,
        }),
      }),
    }),
  },
);
export type ReadShareGroupStateResponse = Infer<typeof ReadShareGroupStateResponse>;
