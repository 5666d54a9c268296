// ListConfigResources (key 74): names of resources that have configs.
//
// v0 knows client metrics only (KIP-714); v1 all types (KIP-1142).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const ListConfigResourcesRequest = message(
  { name: "ListConfigResourcesRequest", apiKey: 74, versions: [0, 1], flexibleFrom: 0 },
  {
    /** Empty: all. */
    resourceTypes: arrayOf(int8).from(1),
  },
);
export type ListConfigResourcesRequest = Infer<typeof ListConfigResourcesRequest>;

export const ListConfigResourcesResponse = message(
  { name: "ListConfigResourcesResponse", apiKey: 74, versions: [0, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    configResources: arrayOf({
      resourceName: string,
      resourceType: int8.from(1).orElse(16).ignorable(),
    }),
  },
);
export type ListConfigResourcesResponse = Infer<typeof ListConfigResourcesResponse>;
