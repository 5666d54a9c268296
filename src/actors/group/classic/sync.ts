// SyncGroup (`GroupMetadataManager.classicGroupSync`): the leader brings everybody's assignment, each
// member fetches its own. It is in force when it is stored; until then all wait.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { SyncArgs } from "../messages.ts";
import type { GroupState } from "../state.ts";
import { answerSync, parkSync } from "./answers.ts";
import type { SyncReplyTo } from "./member.ts";
import { noBytes } from "./member.ts";
import { rebalance, resetAssignments } from "./rebalance.ts";
import { restartSession } from "./sessions.ts";
import { storeGroup } from "./store.ts";

export function syncGroup(g: GroupState, args: SyncArgs, replyTo: SyncReplyTo): void {
  const { classic } = g;
  const error = syncError(g, args);
  if (error !== ErrorCode.NONE) {
    const nothing = { protocolType: null, protocolName: null, assignment: noBytes };
    return g.out.reply(replyTo, { errorCode: error, ...nothing });
  }
  const member = classic.members.get(args.memberId)!;
  classic.pendingSyncs.delete(args.memberId);
  if (classic.pendingSyncs.size === 0) g.out.stopTimer("sync");
  parkSync(g, member, replyTo);
  if (classic.state === "Stable") {
    answerSync(g, member, ErrorCode.NONE);
    restartSession(g, member);
  } else if (classic.isLeader(args.memberId)) {
    storeAssignments(g, args);
  }
}

function syncError({ classic }: GroupState, args: SyncArgs): ErrorCode {
  const error = classic.memberError(args.memberId, args.groupInstanceId);
  if (error !== ErrorCode.NONE) return error;
  if (args.generationId !== classic.generationId) return ErrorCode.ILLEGAL_GENERATION;
  // KIP-559: both sides must mean the same, where they say what they mean.
  const differ = (theirs: string | null, ours: string | null): boolean =>
    theirs !== null && ours !== null && theirs !== ours;
  if (
    differ(args.protocolType, classic.protocolType) ||
    differ(args.protocolName, classic.protocolName)
  ) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  }
  if (classic.state === "PreparingRebalance") return ErrorCode.REBALANCE_IN_PROGRESS;
  return classic.state === "Empty" ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE;
}

function storeAssignments(g: GroupState, { assignments }: SyncArgs): void {
  const { classic } = g;
  const { generationId } = classic;
  const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  storeGroup(g, byMember, (errorCode) => {
    // Another member may have joined or gone meanwhile: then this assignment is of no use.
    if (classic.state !== "CompletingRebalance" || classic.generationId !== generationId) return;
    if (errorCode !== ErrorCode.NONE) {
      resetAssignments(g, errorCode);
      return rebalance(g, "assignment not stored", undefined, null);
    }
    classic.enter("Stable", g.world.wallMs());
    for (const member of classic.members.values()) {
      // Whom the leader has forgotten gets nothing to read, which is no error.
      member.assignment = byMember.get(member.memberId) ?? noBytes;
      if (member.awaitsSync === undefined) continue;
      answerSync(g, member, ErrorCode.NONE);
      restartSession(g, member);
    }
  });
}
