// ApiVersions (key 18): which APIs and versions a node serves, asked before all else.
//
// v3 flexible, who the client is; v4 lets a supported feature begin at level 0 (KAFKA-17011). The
// answer's header is always v0, and an unknown version is answered in v0 form (KIP-511).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string } from "../schema.ts";

export const ApiVersionsRequest = message(
  { name: "ApiVersionsRequest", apiKey: 18, versions: [0, 4], flexibleFrom: 3 },
  {
    /** Letters, digits, dashes and dots; anything else is INVALID_REQUEST. */
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
    /** Ranges of feature levels that this node could follow. */
    supportedFeatures: arrayOf({
      name: string,
      minVersion: int16,
      maxVersion: int16,
    })
      .from(3)
      .tagged(0)
      .ignorable(),
    /** Offset of the metadata that the finalized features are from; -1: not known. */
    finalizedFeaturesEpoch: int64.from(3).tagged(1).orElse(-1).ignorable(),
    /** What the cluster has settled on; levels of 0 are left out. */
    finalizedFeatures: arrayOf({
      name: string,
      maxVersionLevel: int16,
      minVersionLevel: int16,
    })
      .from(3)
      .tagged(2)
      .ignorable(),
    /** Of the past: a controller ready for a migration from ZooKeeper. */
    zkMigrationReady: boolean.from(3).tagged(3).orElse(false).ignorable(),
  },
);
export type ApiVersionsResponse = Infer<typeof ApiVersionsResponse>;
