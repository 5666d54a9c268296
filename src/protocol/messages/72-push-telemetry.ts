// PushTelemetry (key 72): a client's metrics (KIP-714).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { boolean, bytes, int16, int32, int8, message, uuid } from "../schema.ts";

export const PushTelemetryRequest = message(
  { name: "PushTelemetryRequest", apiKey: 72, versions: [0, 0], flexibleFrom: 0 },
  {
    clientInstanceId: uuid,
    subscriptionId: int32,
    /** The last push of a client that closes. */
    terminating: boolean,
    /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
    compressionType: int8,
    metrics: bytes,
  },
);
export type PushTelemetryRequest = Infer<typeof PushTelemetryRequest>;

export const PushTelemetryResponse = message(
  { name: "PushTelemetryResponse", apiKey: 72, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
  },
);
export type PushTelemetryResponse = Infer<typeof PushTelemetryResponse>;
