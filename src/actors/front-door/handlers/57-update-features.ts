// UpdateFeatures: v0-2. Finalized levels of features, up or down: all of a request, or nothing.
//
// Version notes:
// - v0: a downgrade is allowed by a flag, which Kafka looks at no more: all are upgrades
// - v1: kinds of upgrades; it may be only checked (KIP-778)
// - v2: one error for the whole request
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from "../../../protocol/messages/57-update-features.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { handler } from "./handler.ts";

const ONE_ERROR_FROM_VERSION = 2;

export const updateFeatures = handler({
  request: UpdateFeaturesRequest,
  response: UpdateFeaturesResponse,
  versions: [0, 2],

  *handle({ apiVersion }, { featureUpdates, validateOnly, timeoutMs }) {
    const updates = featureUpdates.map(({ feature, maxVersionLevel: level, upgradeType }) => ({
      feature,
      level,
      upgradeType,
    }));
    const args = { updates, validateOnly };
    const answer = yield* askController("updateFeatures", args, timeoutMs);
    if (!answer.ok)
      return { throttleTimeMs: 0, errorCode: errorOfController(answer), errorMessage: null };
    const { errorCode, errorMessage: why } = answer.value;
    if (errorCode !== ErrorCode.NONE) {
      const reason = "The update failed for all features since the following feature had an error:";
      const errorMessage = why === null ? null : `${reason} ${why}`;
      return { throttleTimeMs: 0, errorCode, errorMessage };
    }
    const results = updates.map(({ feature }) => ({ feature, errorCode, errorMessage: "NONE" }));
    const hasResults = apiVersion < ONE_ERROR_FROM_VERSION;
    return { throttleTimeMs: 0, errorCode, errorMessage: null, ...(hasResults && { results }) };
  },
});
