// DescribeClientQuotas (key 48): the quotas that match a filter (KIP-546).
//
// v1 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, float64, int16, int32, int8, message, string } from "../schema.ts";

export const DescribeClientQuotasRequest = message(
  { name: "DescribeClientQuotasRequest", apiKey: 48, versions: [0, 1], flexibleFrom: 1 },
  {
    components: arrayOf({
      entityType: string,
      /** 0: this name; 1: the default; 2: any name. */
      matchType: int8,
      match: string.nullable(),
    }),
    /** true: entities that have further types do not match. */
    strict: boolean,
  },
);
export type DescribeClientQuotasRequest = Infer<typeof DescribeClientQuotasRequest>;

export const DescribeClientQuotasResponse = message(
  { name: "DescribeClientQuotasResponse", apiKey: 48, versions: [0, 1], flexibleFrom: 1 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
    entries: arrayOf({
      entity: arrayOf({
        entityType: string,
        entityName: string.nullable(),
      }),
      values: arrayOf({
        key: string,
        value: float64,
      }),
    }).nullable(),
  },
);
export type DescribeClientQuotasResponse = Infer<typeof DescribeClientQuotasResponse>;
