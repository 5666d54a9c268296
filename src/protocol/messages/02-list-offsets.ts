// ListOffsets (key 2).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, string } from "../schema.ts";

export const ListOffsetsRequest = message(
  { name: "ListOffsetsRequest", apiKey: 2, versions: [1, 11], flexibleFrom: 6 },
  {
    replicaId: int32,
    isolationLevel: int8.from(2),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        currentLeaderEpoch: int32.from(4).orElse(-1).ignorable(),
        timestamp: int64,
      }),
    }),
    timeoutMs: int32.from(10).ignorable(),
  },
);
export type ListOffsetsRequest = Infer<typeof ListOffsetsRequest>;

export const ListOffsetsResponse = message(
  { name: "ListOffsetsResponse", apiKey: 2, versions: [1, 11], flexibleFrom: 6 },
  {
    throttleTimeMs: int32.from(2).ignorable(),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        timestamp: int64.orElse(-1),
        offset: int64.orElse(-1),
        leaderEpoch: int32.from(4).orElse(-1),
      }),
    }),
  },
);
export type ListOffsetsResponse = Infer<typeof ListOffsetsResponse>;
