// DeleteTopics (key 20).
//
// v3 TOPIC_DELETION_DISABLED; v4 flexible; v5 error messages, THROTTLING_QUOTA_EXCEEDED (KIP-599);
// v6 by topic id as well (KIP-516).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, uuid } from "../schema.ts";

export const DeleteTopicsRequest = message(
  { name: "DeleteTopicsRequest", apiKey: 20, versions: [1, 6], flexibleFrom: 4 },
  {
    /** By name or by id, never both. */
    topics: arrayOf({
      name: string.nullable().orElse(null),
      topicId: uuid,
    }).from(6),
    /** Until v5. */
    topicNames: arrayOf(string).upTo(5).ignorable(),
    timeoutMs: int32,
  },
);
export type DeleteTopicsRequest = Infer<typeof DeleteTopicsRequest>;

export const DeleteTopicsResponse = message(
  { name: "DeleteTopicsResponse", apiKey: 20, versions: [1, 6], flexibleFrom: 4 },
  {
    throttleTimeMs: int32.ignorable(),
    responses: arrayOf({
      /** null: no topic has the id that was asked for. */
      name: string.nullable(6),
      topicId: uuid.from(6).ignorable(),
      errorCode: int16,
      errorMessage: string.from(5).nullable().orElse(null).ignorable(),
    }),
  },
);
export type DeleteTopicsResponse = Infer<typeof DeleteTopicsResponse>;
