// AlterClientQuotas (key 49): sets and removes quotas (KIP-546).
//
// v1 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, float64, int16, int32, message, string } from "../schema.ts";

export const AlterClientQuotasRequest = message(
  { name: "AlterClientQuotasRequest", apiKey: 49, versions: [0, 1], flexibleFrom: 1 },
  {
    entries: arrayOf({
      entity: arrayOf({
        entityType: string,
        entityName: string.nullable(),
      }),
      ops: arrayOf({
        key: string,
        value: float64,
        remove: boolean,
      }),
    }),
    validateOnly: boolean,
  },
);
export type AlterClientQuotasRequest = Infer<typeof AlterClientQuotasRequest>;

export const AlterClientQuotasResponse = message(
  { name: "AlterClientQuotasResponse", apiKey: 49, versions: [0, 1], flexibleFrom: 1 },
  {
    throttleTimeMs: int32,
    entries: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable(),
      entity: arrayOf({
        entityType: string,
        entityName: string.nullable(),
      }),
    }),
  },
);
export type AlterClientQuotasResponse = Infer<typeof AlterClientQuotasResponse>;
