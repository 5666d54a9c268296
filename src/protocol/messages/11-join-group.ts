// JoinGroup (key 11): enters a classic group and waits for its next generation.
//
// v1 rebalance timeout; v4 a first join is told its member id (KIP-394); v5 static members;
// v6 flexible; v7 protocol type in answers (KIP-559); v8 reason (KIP-800); v9 skipAssignment.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, bytes, int16, int32, message, string } from "../schema.ts";

export const JoinGroupRequest = message(
  { name: "JoinGroupRequest", apiKey: 11, versions: [0, 9], flexibleFrom: 6 },
  {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32.from(1).orElse(-1).ignorable(),
    memberId: string,
    groupInstanceId: string.from(5).nullable().orElse(null),
    protocolType: string,
    protocols: arrayOf({
      name: string,
      /** For consumers a ConsumerProtocolSubscription. */
      metadata: bytes,
    }),
    reason: string.from(8).nullable().orElse(null).ignorable(),
  },
);
export type JoinGroupRequest = Infer<typeof JoinGroupRequest>;

export const JoinGroupResponse = message(
  { name: "JoinGroupResponse", apiKey: 11, versions: [0, 9], flexibleFrom: 6 },
  {
    throttleTimeMs: int32.from(2).ignorable(),
    errorCode: int16,
    generationId: int32.orElse(-1),
    protocolType: string.from(7).nullable().orElse(null).ignorable(),
    protocolName: string.nullable(7),
    leader: string,
    skipAssignment: boolean.from(9).orElse(false),
    memberId: string,
    /** For the leader only; empty for all others. */
    members: arrayOf({
      memberId: string,
      groupInstanceId: string.from(5).nullable().orElse(null).ignorable(),
      metadata: bytes,
    }),
  },
);
export type JoinGroupResponse = Infer<typeof JoinGroupResponse>;
