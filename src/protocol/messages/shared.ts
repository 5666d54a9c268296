// Shapes that several messages have in common.
//
// Lives on: anywhere.

import { int32, string } from "../schema.ts";

/** Where a broker is reached, told beside a change of leader (KIP-951). */
export const nodeEndpoint = {
  nodeId: int32,
  host: string,
  port: int32,
  rack: string.nullable().orElse(null),
};

/** Who leads a partition now; -1 when nothing is told. */
export const leaderIdAndEpoch = {
  leaderId: int32.orElse(-1),
  leaderEpoch: int32.orElse(-1),
};
