// BrokerHeartbeat (key 63): a broker is alive, and asks to be fenced, unfenced or to shut down
// (KIP-631).
//
// v1 offline directories (KIP-858); v2 cordoned directories (KIP-1066).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, uuid } from "../schema.ts";

export const BrokerHeartbeatRequest = message(
  { name: "BrokerHeartbeatRequest", apiKey: 63, versions: [0, 2], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64.orElse(-1),
    /** Up to where the broker has applied the metadata log. */
    currentMetadataOffset: int64,
    wantFence: boolean,
    wantShutDown: boolean,
    offlineLogDirs: arrayOf(uuid).from(1).tagged(0),
    cordonedLogDirs: arrayOf(uuid).from(2).nullable().tagged(1).orElse(null),
  },
);
export type BrokerHeartbeatRequest = Infer<typeof BrokerHeartbeatRequest>;

export const BrokerHeartbeatResponse = message(
  { name: "BrokerHeartbeatResponse", apiKey: 63, versions: [0, 2], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    isCaughtUp: boolean.orElse(false),
    isFenced: boolean.orElse(true),
    shouldShutDown: boolean,
  },
);
export type BrokerHeartbeatResponse = Infer<typeof BrokerHeartbeatResponse>;
