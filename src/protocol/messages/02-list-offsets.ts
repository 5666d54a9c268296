// ListOffsets (key 2): the offset that belongs to a point in time, or to one of the special values
// -1 latest, -2 earliest, -3 maximal timestamp, -4 earliest local, -5 last tiered, -6 earliest that
// waits for its upload.
//
// v1 one offset per partition; v2 isolation level; v4 leader epochs; v5 OFFSET_NOT_AVAILABLE;
// v6 flexible; v7 -3 (KIP-734); v8 -4 (KIP-405); v9 -5 (KIP-1005); v10 timeoutMs (KIP-1075); v11 -6
// (KIP-1023).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, exactInt64, int16, int32, int64, int8, message, string } from "../schema.ts";

export const ListOffsetsRequest = message(
  { name: "ListOffsetsRequest", apiKey: 2, versions: [1, 11], flexibleFrom: 6 },
  {
    /** -1: a consumer; -2: a tool that may see beyond the high watermark. */
    replicaId: int32,
    isolationLevel: int8.from(2),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        currentLeaderEpoch: int32.from(4).orElse(-1).ignorable(),
        /** Milliseconds, or a special value. Exact: "the end of time" is a time one may ask for. */
        timestamp: exactInt64,
      }),
    }),
    /** For what has to be looked up in remote storage. */
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
        /** Of the record found; -1 for latest and earliest. */
        timestamp: int64.orElse(-1),
        /** -1: there is none. */
        offset: int64.orElse(-1),
        leaderEpoch: int32.from(4).orElse(-1),
      }),
    }),
  },
);
export type ListOffsetsResponse = Infer<typeof ListOffsetsResponse>;
