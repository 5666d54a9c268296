// IncrementalAlterConfigs (key 44): sets, deletes, appends to or subtracts from single configs
// (KIP-339).
//
// v1 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string } from "../schema.ts";

export const IncrementalAlterConfigsRequest = message(
  { name: "IncrementalAlterConfigsRequest", apiKey: 44, versions: [0, 1], flexibleFrom: 1 },
  {
    resources: arrayOf({
      resourceType: int8,
      resourceName: string,
      configs: arrayOf({
        name: string,
        /** 0 set, 1 delete, 2 append, 3 subtract. */
        configOperation: int8,
        value: string.nullable(),
      }),
    }),
    validateOnly: boolean,
  },
);
export type IncrementalAlterConfigsRequest = Infer<typeof IncrementalAlterConfigsRequest>;

export const IncrementalAlterConfigsResponse = message(
  { name: "IncrementalAlterConfigsResponse", apiKey: 44, versions: [0, 1], flexibleFrom: 1 },
  {
    throttleTimeMs: int32,
    responses: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable(),
      resourceType: int8,
      resourceName: string,
    }),
  },
);
export type IncrementalAlterConfigsResponse = Infer<typeof IncrementalAlterConfigsResponse>;
