// LeaveGroup (key 13): members leave a classic group.
//
// v3 several members at once, by instance id as well; v4 flexible; v5 reason (KIP-800).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string } from "../schema.ts";

export const LeaveGroupRequest = message(
  { name: "LeaveGroupRequest", apiKey: 13, versions: [0, 5], flexibleFrom: 4 },
  {
    groupId: string,
    memberId: string.upTo(2),
    members: arrayOf({
      memberId: string,
      groupInstanceId: string.nullable().orElse(null),
      reason: string.from(5).nullable().orElse(null).ignorable(),
    }).from(3),
  },
);
export type LeaveGroupRequest = Infer<typeof LeaveGroupRequest>;

export const LeaveGroupResponse = message(
  { name: "LeaveGroupResponse", apiKey: 13, versions: [0, 5], flexibleFrom: 4 },
  {
    throttleTimeMs: int32.from(1).ignorable(),
    errorCode: int16,
    members: arrayOf({
      memberId: string,
      groupInstanceId: string.nullable(),
      errorCode: int16,
    }).from(3),
  },
);
export type LeaveGroupResponse = Infer<typeof LeaveGroupResponse>;
