// DeleteShareGroupState (key 86): forgets share partitions (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, uuid } from "../schema.ts";

export const DeleteShareGroupStateRequest = message(
  { name: "DeleteShareGroupStateRequest", apiKey: 86, versions: [0, 0], flexibleFrom: 0 },
  {
    groupId: string,
    topics: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partition: int32,
      }),
    }),
  },
);
export type DeleteShareGroupStateRequest = Infer<typeof DeleteShareGroupStateRequest>;

export const DeleteShareGroupStateResponse = message(
  { name: "DeleteShareGroupStateResponse", apiKey: 86, versions: [0, 0], flexibleFrom: 0 },
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
export type DeleteShareGroupStateResponse = Infer<typeof DeleteShareGroupStateResponse>;
