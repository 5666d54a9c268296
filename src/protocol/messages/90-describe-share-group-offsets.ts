// DescribeShareGroupOffsets (key 90): where share groups stand (KIP-932).
//
// v1 lag (KIP-1226).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string, uuid } from "../schema.ts";

export const DescribeShareGroupOffsetsRequest = message(
  { name: "DescribeShareGroupOffsetsRequest", apiKey: 90, versions: [0, 1], flexibleFrom: 0 },
  {
    groups: arrayOf({
      groupId: string,
      topics: arrayOf({
        topicName: string,
        partitions: arrayOf(int32),
      }).nullable(),
    }),
  },
);
export type DescribeShareGroupOffsetsRequest = Infer<typeof DescribeShareGroupOffsetsRequest>;

export const DescribeShareGroupOffsetsResponse = message(
  { name: "DescribeShareGroupOffsetsResponse", apiKey: 90, versions: [0, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    groups: arrayOf({
      groupId: string,
      topics: arrayOf({
        topicName: string,
        topicId: uuid,
        partitions: arrayOf({
          partitionIndex: int32,
          startOffset: int64,
          leaderEpoch: int32,
          lag: int64.from(1).orElse(-1).ignorable(),
          errorCode: int16,
          errorMessage: string.nullable().orElse(null),
        }),
      }),
      errorCode: int16,
      errorMessage: string.nullable().orElse(null),
    }),
  },
);
export type DescribeShareGroupOffsetsResponse = Infer<typeof DescribeShareGroupOffsetsResponse>;
