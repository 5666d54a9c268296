// A classic group as a record, and back.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { GroupMetadataValue } from "../../../protocol/records/group/02-group-metadata.ts";
import type { GroupRecord } from "../records.ts";
import { groupMetadataRecord } from "../records.ts";
import type { GroupState } from "../state.ts";
import type { ClassicGroup } from "./classic-group.ts";
import type { ClassicMember } from "./member.ts";
import { metadataFor, noBytes } from "./member.ts";
import { restartSession } from "./sessions.ts";

/** Stores the group as it stands with these assignments, which need not be in force yet. */
export function storeGroup(
  g: GroupState,
  assignments: ReadonlyMap<string, Uint8Array>,
  settle: (errorCode: ErrorCode) => void,
): void {
  const { classic } = g;
  const record = groupRecordOf(g.groupId, classic, assignments);
  g.journal.append([record], (errorCode) => {
    if (errorCode === ErrorCode.NONE) g.isStored = true;
    // It may have become a consumer group meanwhile, and whoever waited has been answered.
    if (g.classic !== classic) return;
    settle(errorCode === ErrorCode.MESSAGE_TOO_LARGE ? ErrorCode.UNKNOWN_SERVER_ERROR : errorCode);
  });
}

export function groupRecordOf(
  groupId: string,
  classic: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
): GroupRecord {
  return groupMetadataRecord(groupId, {
    protocolType: classic.protocolType ?? "",
    generation: classic.generationId,
    protocol: classic.protocolName,
    leader: classic.leaderId,
    currentStateTimestamp: classic.stateSinceMs,
    members: [...classic.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: metadataFor(member, classic.protocolName),
      assignment: assignments.get(member.memberId) ?? noBytes,
    })),
  });
}

/** Members are as alive as if they had been heard of just now. */
export function restoreGroup(g: GroupState, value: GroupMetadataValue): void {
  const { classic } = g;
  for (const stored of value.members) {
    const member: ClassicMember = {
      memberId: stored.memberId,
      groupInstanceId: stored.groupInstanceId,
      clientId: stored.clientId,
      clientHost: stored.clientHost,
      sessionTimeoutMs: stored.sessionTimeout,
      rebalanceTimeoutMs:
        stored.rebalanceTimeout === -1 ? stored.sessionTimeout : stored.rebalanceTimeout,
      protocols: [{ name: value.protocol ?? "", metadata: stored.subscription.slice() }],
      assignment: stored.assignment.slice(),
      isNew: false,
      awaitsJoin: undefined,
      awaitsSync: undefined,
      deadlineMs: Infinity,
    };
    classic.add(member, value.protocolType);
    restartSession(g, member);
  }
  const isEmpty = classic.members.size === 0;
  classic.protocolType = value.protocolType === "" ? null : value.protocolType;
  classic.generationId = value.generation;
  classic.protocolName = value.protocol;
  classic.leaderId = isEmpty ? null : value.leader;
  classic.enter(isEmpty ? "Empty" : "Stable", value.currentStateTimestamp);
  classic.findSubscribedTopics();
}
