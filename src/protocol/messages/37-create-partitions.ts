// CreatePartitions (key 37).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string } from "../schema.ts";

export const CreatePartitionsRequest = message(
  { name: "CreatePartitionsRequest", apiKey: 37, versions: [0, 3], flexibleFrom: 2 },
  {
    topics: arrayOf({
      name: string,
      count: int32,
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
