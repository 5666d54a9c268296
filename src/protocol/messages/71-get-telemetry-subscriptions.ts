// GetTelemetrySubscriptions (key 71): which metrics a client should push (KIP-714).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string, uuid } from "../schema.ts";

export const GetTelemetrySubscriptionsRequest = message(
  { name: "GetTelemetrySubscriptionsRequest", apiKey: 71, versions: [0, 0], flexibleFrom: 0 },
  {
    clientInstanceId: uuid,
  },
);
export type GetTelemetrySubscriptionsRequest = Infer<typeof GetTelemetrySubscriptionsRequest>;

export const GetTelemetrySubscriptionsResponse = message(
  { name: "GetTelemetrySubscriptionsResponse", apiKey: 71, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    clientInstanceId: uuid,
    subscriptionId: int32,
    acceptedCompressionTypes: arrayOf(int8),
    pushIntervalMs: int32,
    telemetryMaxBytes: int32,
    /** true: what has come since the last push; false: since the start (KIP-714). */
    deltaTemporality: boolean,
    requestedMetrics: arrayOf(string),
  },
);
export type GetTelemetrySubscriptionsResponse = Infer<typeof GetTelemetrySubscriptionsResponse>;
