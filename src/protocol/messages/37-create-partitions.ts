// CreatePartitions (key 37): adds partitions to topics.
//
// v2 flexible; v3 THROTTLING_QUOTA_EXCEEDED (KIP-599).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string } from "../schema.ts";

export const CreatePartitionsRequest = message(
  { name: "CreatePartitionsRequest", apiKey: 37, versions: [0, 3], flexibleFrom: 2 },
  {
    topics: arrayOf({
      name: string,
      /** In all, not in addition. */
      count: int32,
      /** Replicas of the new partitions, in order; null: the controller places them. */
      assignments: arrayOf({
        brokerIds: arrayOf(int32),
      }).nullable(),
    }),
    timeoutMs: int32,
    validateOnly: boolean,
  },
);
export type CreatePartitionsRequest = Infer<typeof CreatePartitionsRequest>;

export const CreatePartitionsResponse = message(
  { name: "CreatePartitionsResponse", apiKey: 37, versions: [0, 3], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    results: arrayOf({
      name: string,
      errorCode: int16,
      errorMessage: string.nullable().orElse(null),
    }),
  },
);
export type CreatePartitionsResponse = Infer<typeof CreatePartitionsResponse>;
