// OffsetForLeaderEpoch (key 23).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string } from "../schema.ts";

export const OffsetForLeaderEpochRequest = message(
  { name: "OffsetForLeaderEpochRequest", apiKey: 23, versions: [2, 4], flexibleFrom: 4 },
  {
    replicaId: int32.from(3).orElse(-2).ignorable(),
    topics: arrayOf({
      topic: string,
      partitions: arrayOf({
        partition: int32,
        currentLeaderEpoch: int32.orElse(-1).ignorable(),
        leaderEpoch: int32,
      }),
    }),
  },
);
export type OffsetForLeaderEpochRequest = Infer<typeof OffsetForLeaderEpochRequest>;

export const OffsetForLeaderEpochResponse = message(
  { name: "OffsetForLeaderEpochResponse", apiKey: 23, versions: [2, 4], flexibleFrom: 4 },
  {
    throttleTimeMs: int32.ignorable(),
    topics: arrayOf({
      topic: string,
      partitions: arrayOf({
        errorCode: int16,
        partition: int32,
        leaderEpoch: int32.orElse(-1).ignorable(),
        endOffset: int64.orElse(-1),
      }),
    }),
  },
);
export type OffsetForLeaderEpochResponse = Infer<typeof OffsetForLeaderEpochResponse>;
