// InitializeShareGroupState (key 83): a group coordinator sets up share partitions (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string, uuid } from "../schema.ts";

export const InitializeShareGroupStateRequest = message(
  { name: "InitializeShareGroupStateRequest", apiKey: 83, versions: [0, 0], flexibleFrom: 0 },
  {
    groupId: string,
    topics: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
        stateEpoch: int32,
        startOffset: int64,
      }),
    }),
  },
);
export type InitializeShareGroupStateRequest = Infer<typeof InitializeShareGroupStateRequest>;

export const InitializeShareGroupStateResponse = message(
  { name: "InitializeShareGroupStateResponse", apiKey: 83, versions: [0, 0], flexibleFrom: 0 },
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
export type InitializeShareGroupStateResponse = Infer<typeof InitializeShareGroupStateResponse>;
