// AlterShareGroupOffsets (key 91): moves where an empty share group starts (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string, uuid } from "../schema.ts";

export const AlterShareGroupOffsetsRequest = message(
  { name: "AlterShareGroupOffsetsRequest", apiKey: 91, versions: [0, 0], flexibleFrom: 0 },
  {
    groupId: string,
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        startOffset: int64,
      }),
    }),
  },
);
export type AlterShareGroupOffsetsRequest = Infer<typeof AlterShareGroupOffsetsRequest>;

export const AlterShareGroupOffsetsResponse = message(
  { name: "AlterShareGroupOffsetsResponse", apiKey: 91, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    responses: arrayOf({
      topicName: string,
      topicId: uuid,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
      }),
    }),
  },
);
export type AlterShareGroupOffsetsResponse = Infer<typeof AlterShareGroupOffsetsResponse>;
