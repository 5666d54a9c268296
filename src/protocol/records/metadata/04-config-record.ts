// ConfigRecord (metadata log, type 4): a config was set, or with null goes back to its default.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int8, message, string } from "../../schema.ts";

export const ConfigRecord = message(
  { name: "ConfigRecord", apiKey: 4, versions: [0, 0], flexibleFrom: 0 },
  {
    resourceType: int8,
    resourceName: string,
    name: string,
    value: string.nullable(),
  },
);
export type ConfigRecord = Infer<typeof ConfigRecord>;
