// Heartbeat: a member is alive, and hears whether it has to join again.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { Args, GroupState } from "../state.ts";
import { restartSession } from "./sessions.ts";

export function heartbeat(g: GroupState, args: Args<"heartbeat">): ErrorCode {
  const { classic } = g;
  const error = classic.memberError(args.memberId, args.groupInstanceId);
  if (error !== ErrorCode.NONE) return error;
  if (args.generationId !== classic.generationId) return ErrorCode.ILLEGAL_GENERATION;
  restartSession(g, classic.members.get(args.memberId)!);
  return classic.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}
