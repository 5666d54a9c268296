// FeatureLevelRecord (metadata log, type 12): a feature was finalized at a level.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int16, message, string } from "../../schema.ts";

export const FeatureLevelRecord = message(
  { name: "FeatureLevelRecord", apiKey: 12, versions: [0, 0], flexibleFrom: 0 },
  {
    name: string,
    /** 0: no longer finalized. */
    featureLevel: int16,
  },
);
export type FeatureLevelRecord = Infer<typeof FeatureLevelRecord>;
