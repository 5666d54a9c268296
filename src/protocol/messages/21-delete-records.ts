// DeleteRecords (key 21): moves the start of partitions' logs forward.
//
// v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string } from "../schema.ts";

export const DeleteRecordsRequest = message(
  { name: "DeleteRecordsRequest", apiKey: 21, versions: [0, 2], flexibleFrom: 2 },
  {
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        /** The log's new start; -1: the high watermark. */
        offset: int64,
      }),
    }),
    timeoutMs: int32,
  },
);
export type DeleteRecordsRequest = Infer<typeof DeleteRecordsRequest>;

export const DeleteRecordsResponse = message(
  { name: "DeleteRecordsResponse", apiKey: 21, versions: [0, 2], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        /** The log's start now. */
        lowWatermark: int64,
        errorCode: int16,
      }),
    }),
  },
);
export type DeleteRecordsResponse = Infer<typeof DeleteRecordsResponse>;
