// A member of a classic group says good-bye, so that nobody has to wait for its session to be over. A
// static member does not: its place is kept for it (KIP-345).
//
// Lives on: anywhere (ports passed in).

import type { Draft } from "../../protocol/schema.ts";
import { LeaveGroupRequest, LeaveGroupResponse } from "../../protocol/messages/13-leave-group.ts";
import type { CoordinatorLink } from "./coordinator-link.ts";
import type { Identity } from "./membership.ts";

const leaveApi = { request: LeaveGroupRequest, response: LeaveGroupResponse };
const SEVERAL_FROM_VERSION = 3;

/** `done` when it is answered, well or not: more cannot be done. */
export function leaveClassicGroup(
  link: CoordinatorLink,
  groupId: string,
  { memberId, groupInstanceId }: Identity,
  reason: string,
  done: () => void,
): void {
  if (memberId === "" || groupInstanceId !== null) return done();
  const body = (version: number): Draft<typeof LeaveGroupRequest> =>
    version >= SEVERAL_FROM_VERSION
      ? { groupId, members: [{ memberId, groupInstanceId, reason }] }
      : { groupId, memberId };
  link.call(leaveApi, body, () => done());
}
