// OffsetDelete (key 47): forgets offsets of a group. Never flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string } from "../schema.ts";

export const OffsetDeleteRequest = message(
  { name: "OffsetDeleteRequest", apiKey: 47, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
      }),
    }),
  },
);
export type OffsetDeleteRequest = Infer<typeof OffsetDeleteRequest>;

export const OffsetDeleteResponse = message(
  { name: "OffsetDeleteResponse", apiKey: 47, versions: [0, 0], flexibleFrom: Infinity },
  {
    errorCode: int16,
    throttleTimeMs: int32.ignorable(),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type OffsetDeleteResponse = Infer<typeof OffsetDeleteResponse>;
