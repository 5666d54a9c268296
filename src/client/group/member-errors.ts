// What the errors of a coordinator come to for a member.
//
// Lives on: anywhere.

import { ErrorCode } from "../../protocol/error-codes.ts";

/** The coordinator is another one by now, or will be. */
export const coordinatorMoved: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
]);

/** Asking again later may help. */
export const coordinatorBusy: ReadonlySet<number> = new Set([
  ...coordinatorMoved,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.UNKNOWN_SERVER_ERROR,
]);

/** The group has gone on without this member: what it owned may be others' already. */
export const memberExpelled: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.FENCED_MEMBER_EPOCH,
  ErrorCode.GROUP_ID_NOT_FOUND,
]);
