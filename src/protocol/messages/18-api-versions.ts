// ApiVersions (key 18).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string } from "../schema.ts";

export const ApiVersionsRequest = message(
  { name: "ApiVersionsRequest", apiKey: 18, versions: [0, 4], flexibleFrom: 3 },
  {
    clientSoftwareName: string.from(3).ignorable(),
    clientSoftwareVersion: string.from(3).ignorable(),
  },
);
export type ApiVersionsRequest = Infer<typeof ApiVersionsRequest>;

export const ApiVersionsResponse = message(
  { name: "ApiVersionsResponse", apiKey: 18, versions: [0, 4], flexibleFrom: 3 },
  {
    errorCode: int16,
    apiKeys: arrayOf({
      apiKey: int16,
      minVersion: int16,
      maxVersion: int16,
    }),
    throttleTimeMs: int32.from(1).ignorable(),
    supportedFeatures: arrayOf({
      name: string,
      minVersion: int16,
      maxVersion: int16,
    })
      .from(3)
      .tagged(0)
      .ignorable(),
    finalizedFeaturesEpoch: int64.from(3).tagged(1).orElse(-1).ignorable(),
    finalizedFeatures: arrayOf({
      name: string,
      maxVersionLevel: int16,
      minVersionLevel: int16,
    })
      .from(3)
      .tagged(2)
      .ignorable(),
    zkMigrationReady: boolean.from(3).tagged(3).orElse(false).ignorable(),
  },
);
export type ApiVersionsResponse = Infer<typeof ApiVersionsResponse>;
