// OffsetForLeaderEpoch (key 23): where the log of a leader epoch ends, to find where logs diverge.
//
// v2 currentLeaderEpoch; v3 replicaId; v4 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string } from "../schema.ts";

export const OffsetForLeaderEpochRequest = message(
  { name: "OffsetForLeaderEpochRequest", apiKey: 23, versions: [2, 4], flexibleFrom: 4 },
  {
    /** -1: a consumer; -2: a tool. */
    replicaId: int32.from(3).orElse(-2).ignorable(),
    topics: arrayOf({
      topic: string,
      partitions: arrayOf({
        partition: int32,
        /** -1: do not check. */
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
        /** Exclusive; -1: not known. */
        endOffset: int64.orElse(-1),
      }),
    }),
  },
);
export type OffsetForLeaderEpochResponse = Infer<typeof OffsetForLeaderEpochResponse>;
