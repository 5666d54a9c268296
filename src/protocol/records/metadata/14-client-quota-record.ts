// ClientQuotaRecord (metadata log, type 14): a quota was set or removed.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, boolean, float64, message, string } from "../../schema.ts";

export const ClientQuotaRecord = message(
  { name: "ClientQuotaRecord", apiKey: 14, versions: [0, 0], flexibleFrom: 0 },
  {
    entity: arrayOf({
      entityType: string,
      entityName: string.nullable(),
    }),
    key: string,
    value: float64,
    remove: boolean,
  },
);
export type ClientQuotaRecord = Infer<typeof ClientQuotaRecord>;
