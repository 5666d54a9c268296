// DeleteShareGroupOffsets (key 92): forgets topics of an empty share group (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, uuid } from "../schema.ts";

export const DeleteShareGroupOffsetsRequest = message(
  { name: "DeleteShareGroupOffsetsRequest", apiKey: 92, versions: [0, 0], flexibleFrom: 0 },
  {
    groupId: string,
    topics: arrayOf({
      topicName: string,
    }),
  },
);
export type DeleteShareGroupOffsetsRequest = Infer<typeof DeleteShareGroupOffsetsRequest>;

export const DeleteShareGroupOffsetsResponse = message(
  { name: "DeleteShareGroupOffsetsResponse", apiKey: 92, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    responses: arrayOf({
      topicName: string,
      topicId: uuid,
      errorCode: int16,
      errorMessage: string.nullable().orElse(null),
    }),
  },
);
export type DeleteShareGroupOffsetsResponse = Infer<typeof DeleteShareGroupOffsetsResponse>;
