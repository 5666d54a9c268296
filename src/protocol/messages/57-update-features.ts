// UpdateFeatures (key 57): raises or lowers finalized features (KIP-584).
//
// v1 validateOnly and kinds of downgrade; v2 answers no longer list each feature.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string } from "../schema.ts";

export const UpdateFeaturesRequest = message(
  { name: "UpdateFeaturesRequest", apiKey: 57, versions: [0, 2], flexibleFrom: 0 },
  {
    timeoutMs: int32.orElse(60000),
    featureUpdates: arrayOf({
      feature: string,
      maxVersionLevel: int16,
      allowDowngrade: boolean.upTo(0),
      /** 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. */
      upgradeType: int8.from(1).orElse(1),
    }),
    validateOnly: boolean.from(1).orElse(false),
  },
);
export type UpdateFeaturesRequest = Infer<typeof UpdateFeaturesRequest>;

export const UpdateFeaturesResponse = message(
  { name: "UpdateFeaturesResponse", apiKey: 57, versions: [0, 2], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
    results: arrayOf({
      feature: string,
      errorCode: int16,
      errorMessage: string.nullable(),
    })
      .upTo(1)
      .ignorable(),
  },
);
export type UpdateFeaturesResponse = Infer<typeof UpdateFeaturesResponse>;
