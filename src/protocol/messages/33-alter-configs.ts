// AlterConfigs (key 33): replaces all configs of a resource; what is not named goes back to its
// default.
//
// v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string } from "../schema.ts";

export const AlterConfigsRequest = message(
  { name: "AlterConfigsRequest", apiKey: 33, versions: [0, 2], flexibleFrom: 2 },
  {
    resources: arrayOf({
      resourceType: int8,
      resourceName: string,
      configs: arrayOf({
        name: string,
        /** null: back to the default. */
        value: string.nullable(),
      }),
    }),
    validateOnly: boolean,
  },
);
export type AlterConfigsRequest = Infer<typeof AlterConfigsRequest>;

export const AlterConfigsResponse = message(
  { name: "AlterConfigsResponse", apiKey: 33, versions: [0, 2], flexibleFrom: 2 },
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
export type AlterConfigsResponse = Infer<typeof AlterConfigsResponse>;
