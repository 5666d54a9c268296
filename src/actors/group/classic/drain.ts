// The node is going down: nobody is left waiting. Members look for their coordinator anew, and find the
// group as it is in the log.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { GroupState } from "../state.ts";
import { answerJoin, answerSync } from "./answers.ts";
import { noJoin } from "../messages.ts";

export function drainMembers(g: GroupState): void {
  for (const timer of ["sessions", "join", "sync"]) g.out.stopTimer(timer);
  for (const member of g.classic.members.values()) {
    answerJoin(g, member, noJoin(ErrorCode.NOT_COORDINATOR, member.memberId));
    answerSync(g, member, ErrorCode.NOT_COORDINATOR);
  }
}
