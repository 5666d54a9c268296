// SyncGroup (key 14): the leader of a classic group hands out assignments, all fetch theirs.
//
// v3 static members; v4 flexible; v5 protocol type and name are checked (KIP-559).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, bytes, int16, int32, message, string } from "../schema.ts";

export const SyncGroupRequest = message(
  { name: "SyncGroupRequest", apiKey: 14, versions: [0, 5], flexibleFrom: 4 },
  {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.from(3).nullable().orElse(null),
    protocolType: string.from(5).nullable().orElse(null).ignorable(),
    protocolName: string.from(5).nullable().orElse(null).ignorable(),
    assignments: arrayOf({
      memberId: string,
      /** For consumers a ConsumerProtocolAssignment. */
      assignment: bytes,
    }),
  },
);
export type SyncGroupRequest = Infer<typeof SyncGroupRequest>;

export const SyncGroupResponse = message(
  { name: "SyncGroupResponse", apiKey: 14, versions: [0, 5], flexibleFrom: 4 },
  {
    throttleTimeMs: int32.from(1).ignorable(),
    errorCode: int16,
    protocolType: string.from(5).nullable().orElse(null).ignorable(),
    protocolName: string.from(5).nullable().orElse(null).ignorable(),
    assignment: bytes,
  },
);
export type SyncGroupResponse = Infer<typeof SyncGroupResponse>;
