// JoinGroup (`GroupMetadataManager.classicGroupJoin`): who may come in, and what that means for the
// others. A join is parked until the next generation begins, or answered at once if nothing changes.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { fitsString } from "../../../protocol/wire.ts";
import type { JoinArgs, RebalanceCause } from "../messages.ts";
import type { GroupState } from "../state.ts";
import { joined, parkJoin } from "./answers.ts";
import { noJoin } from "../messages.ts";
import { isUnknown } from "../offsets/commit.ts";
import type { ClassicMember, JoinReplyTo } from "./member.ts";
import { noBytes, offersSame } from "./member.ts";
import { endInitialWaitIfDue, rebalance } from "./rebalance.ts";
import { NEW_MEMBER_JOIN_TIMEOUT_MS, restartSession, watchSession } from "./sessions.ts";
import { returnAsStaticMember } from "./static-return.ts";

/** Ids given out and not yet used. Clients that hear of it wait a little and ask again. */
export const PENDING_JOINS_MAX = 10_000;

export function joinGroup(g: GroupState, args: JoinArgs, replyTo: JoinReplyTo): void {
  const { classic, out } = g;
  const { memberId } = args;
  if (!hasRoom(g, memberId)) {
    const member = classic.members.get(memberId);
    if (member !== undefined) classic.remove(member);
    classic.pendingJoins.delete(memberId);
    return out.reply(replyTo, noJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, ""));
  }
  if (memberId !== "" && isUnknown(g)) {
    return out.reply(replyTo, noJoin(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
  }
  if (!classic.supports(args.protocolType, args.protocols)) {
    return out.reply(replyTo, noJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId));
  }
  if (memberId === "") return joinAsNew(g, args, replyTo);
  joinAgain(g, args, replyTo);
}

/** Members that are in already stay in, also if the bound has been lowered since. */
function hasRoom({ classic, config }: GroupState, memberId: string): boolean {
  const member = classic.members.get(memberId);
  switch (classic.state) {
    case "Empty":
      return true;
    case "PreparingRebalance":
      // Those who join first in a group that is too large may stay.
      return member?.awaitsJoin !== undefined || classic.awaitingJoinCount < config.membersMax;
    case "CompletingRebalance":
    case "Stable":
      return member !== undefined || classic.members.size < config.membersMax;
  }
}

function joinAsNew(g: GroupState, args: JoinArgs, replyTo: JoinReplyTo): void {
  const { classic } = g;
  const { groupInstanceId, clientId, requiresKnownMemberId } = args;
  const memberId = `${groupInstanceId ?? clientId}-${newUuid(g)}`;
  // Kafka finds out when it writes its answer, and answers this.
  if (!fitsString(memberId))
    return g.out.reply(replyTo, noJoin(ErrorCode.UNKNOWN_SERVER_ERROR, ""));
  if (groupInstanceId !== null) {
    const oldId = classic.staticMemberId(groupInstanceId);
    const old = oldId === undefined ? undefined : classic.members.get(oldId);
    if (old !== undefined) return returnAsStaticMember(g, old, memberId, args, replyTo);
  } else if (requiresKnownMemberId) {
    // It has to show that it got its id; else each attempt of a client that gives up too early would
    // leave a member behind (KIP-394).
    if (classic.pendingJoins.size >= PENDING_JOINS_MAX) {
      return g.out.reply(replyTo, noJoin(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ""));
    }
    const deadlineMs = g.world.monotonicMs() + args.sessionTimeoutMs;
    classic.pendingJoins.set(memberId, deadlineMs);
    watchSession(g, deadlineMs);
    return g.out.reply(replyTo, noJoin(ErrorCode.MEMBER_ID_REQUIRED, memberId));
  }
  addMember(g, memberId, args, replyTo);
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** In the form that Java gives a random UUID. */
function newUuid({ world }: GroupState): string {
  const bytes = world.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let text = "";
  for (let at = 0; at < 16; at++) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += "-";
    text += hexOf[bytes[at]!]!;
  }
  return text;
}

function addMember(g: GroupState, memberId: string, args: JoinArgs, replyTo: JoinReplyTo): void {
  const { classic } = g;
  const member: ClassicMember = {
    memberId,
    groupInstanceId: args.groupInstanceId,
    clientId: args.clientId,
    clientHost: args.clientHost,
    sessionTimeoutMs: args.sessionTimeoutMs,
    rebalanceTimeoutMs: args.rebalanceTimeoutMs,
    protocols: args.protocols,
    assignment: noBytes,
    isNew: true,
    awaitsJoin: replyTo,
    awaitsSync: undefined,
    deadlineMs: Infinity,
  };
  if (classic.state === "PreparingRebalance" && classic.previousState === "Empty") {
    classic.newMemberAdded = true;
  }
  classic.add(member, args.protocolType);
  // It may have gone away without a trace while it waits: its socket is not read meanwhile.
  restartSession(g, member, NEW_MEMBER_JOIN_TIMEOUT_MS);
  rebalance(g, "member joined", member, args.reason);
}

function joinAgain(g: GroupState, args: JoinArgs, replyTo: JoinReplyTo): void {
  const { classic, out } = g;
  const { memberId, groupInstanceId, protocols } = args;
  if (classic.pendingJoins.has(memberId)) {
    if (groupInstanceId !== null) {
      return out.reply(replyTo, noJoin(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
    }
    addMember(g, memberId, args, replyTo);
    return endInitialWaitIfDue(g);
  }
  const error = classic.memberError(memberId, groupInstanceId);
  if (error !== ErrorCode.NONE) return out.reply(replyTo, noJoin(error, memberId));
  const member = classic.members.get(memberId)!;
  const isLeader = classic.isLeader(memberId);
  const same = offersSame(member, protocols);
  switch (classic.state) {
    case "PreparingRebalance":
      return update(g, member, args, replyTo, "member rejoined");
    case "CompletingRebalance":
      // The answer to its first join may have been lost.
      if (same) return out.reply(replyTo, joined(classic, memberId, isLeader));
      return update(g, member, args, replyTo, "subscription changed");
    case "Stable":
      // A leader joins because it sees a reason that only it can see, such as more partitions.
      if (isLeader) return update(g, member, args, replyTo, "leader rejoined");
      if (!same) return update(g, member, args, replyTo, "subscription changed");
      return out.reply(replyTo, joined(classic, memberId, false));
    case "Empty":
      return out.reply(replyTo, noJoin(ErrorCode.UNKNOWN_MEMBER_ID, ""));
  }
}

function update(
  g: GroupState,
  member: ClassicMember,
  args: JoinArgs,
  replyTo: JoinReplyTo,
  cause: RebalanceCause,
): void {
  g.classic.renew(member, args);
  parkJoin(g, member, replyTo);
  rebalance(g, cause, member, args.reason);
}
