// ApiVersions: v0-4. The support table, and the features of the cluster.
//
// A version we do not know is answered in version 0 with error 35 and the range that we know
// (KIP-511); its body is not looked at. The response header is version 0 whatever the body is.
//
// Version notes:
// - v1: throttle time
// - v3: flexible; the client tells its name and version; features as tagged fields
// - v4: a supported feature may have 0 as its least level
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
} from "../../../protocol/messages/18-api-versions.ts";
import { supportedFeatures } from "../../../metadata/features.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const VERSIONS = [0, 4] as const;
const SOFTWARE_FROM_VERSION = 3;
const ZERO_LEVELS_FROM_VERSION = 4;
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
/** Long enough for any honest name, short enough for a log line. */
const SOFTWARE_CHARACTERS_MAX = 64;

export const apiVersions = handler({
  request: ApiVersionsRequest,
  response: ApiVersionsResponse,
  versions: VERSIONS,

  *handle(context, request) {
    if (context.apiVersion >= SOFTWARE_FROM_VERSION) {
      const { clientSoftwareName, clientSoftwareVersion } = request;
      if (!softwareName.test(clientSoftwareName) || !softwareName.test(clientSoftwareVersion)) {
        return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [], throttleTimeMs: 0 };
      }
      const software = `${clientSoftwareName} ${clientSoftwareVersion}`;
      context.connection.clientSoftware = software.slice(0, SOFTWARE_CHARACTERS_MAX);
    }
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: context.desk.supportedApis,
      throttleTimeMs: 0,
      // Clients of before version 4 take a least level of 0 for a mistake (KAFKA-17011).
      supportedFeatures: supportedFeatures.filter(
        ({ minVersion }) => minVersion > 0 || context.apiVersion >= ZERO_LEVELS_FROM_VERSION,
      ),
      finalizedFeaturesEpoch: context.image.lastOffset,
      finalizedFeatures: finalizedFeatures(context),
    };
  },

  answerUnsupported: () => ({
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: 18, minVersion: VERSIONS[0], maxVersion: VERSIONS[1] }],
  }),
});

/** A feature at level 0 is one that is off, and is left out. */
function finalizedFeatures({ image }: RequestContext) {
  return [...image.features()]
    .filter(([, level]) => level > 0)
    .map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level }));
}
