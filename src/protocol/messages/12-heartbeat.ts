// Heartbeat (key 12): a member of a classic group is alive, and hears of rebalances.
//
// v3 static members; v4 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { int16, int32, message, string } from "../schema.ts";

export const HeartbeatRequest = message(
  { name: "HeartbeatRequest", apiKey: 12, versions: [0, 4], flexibleFrom: 4 },
  {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.from(3).nullable().orElse(null),
  },
);
export type HeartbeatRequest = Infer<typeof HeartbeatRequest>;

export const HeartbeatResponse = message(
  { name: "HeartbeatResponse", apiKey: 12, versions: [0, 4], flexibleFrom: 4 },
  {
    throttleTimeMs: int32.from(1).ignorable(),
    errorCode: int16,
  },
);
export type HeartbeatResponse = Infer<typeof HeartbeatResponse>;
