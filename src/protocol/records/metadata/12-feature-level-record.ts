// FeatureLevelRecord, a record of the metadata log (type 12).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int16, message, string } from "../../schema.ts";

export const FeatureLevelRecord = message(
  { name: "FeatureLevelRecord", apiKey: 12, versions: [0, 0], flexibleFrom: 0 },
  {
    name: string,
    featureLevel: int16,
  },
);
export type FeatureLevelRecord = Infer<typeof FeatureLevelRecord>;
