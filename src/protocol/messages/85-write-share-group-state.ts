// WriteShareGroupState (key 85): a share partition's leader stores delivery state (KIP-932).
//
// v1 deliveryCompleteCount (KIP-1226).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, string, uuid } from "../schema.ts";

export const WriteShareGroupStateRequest = message(
  { name: "WriteShareGroupStateRequest", apiKey: 85, versions: [0, 1], flexibleFrom: 0 },
  {
    groupId: string,
    topics: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
        stateEpoch: int32,
        leaderEpoch: int32,
        startOffset: int64,
        deliveryCompleteCount: int32.from(1).orElse(-1).ignorable(),
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
export type WriteShareGroupStateRequest = Infer<typeof WriteShareGroupStateRequest>;

export const WriteShareGroupStateResponse = message(
  { name: "WriteShareGroupStateResponse", apiKey: 85, versions: [0, 1], flexibleFrom: 0 },
  {
    results: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
      }),
    }),
  },
);
export type WriteShareGroupStateResponse = Infer<typeof WriteShareGroupStateResponse>;
