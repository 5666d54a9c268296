// A rebalance of a classic group, from what causes it to the answers of all joins
// (`GroupMetadataManager.prepareRebalance`, `completeClassicGroupJoin`).
//
//   cause -> PreparingRebalance: members are told by their heartbeats to join again
//         -> all have, or the rebalance timeout is over: those who have not are left behind
//         -> the next generation; everybody hears of it, the leader of all others too
//
// A group that was empty waits a while for more members first (KIP-134).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { RebalanceCause } from "../messages.ts";
import type { Causer } from "../rebalances.ts";
import { noteRebalance, noteTopics } from "../rebalances.ts";
import type { GroupEvents, GroupState } from "../state.ts";
import { answerJoin, answerSync, dismiss, joined } from "./answers.ts";
import type { ClassicMember } from "./member.ts";
import { noBytes } from "./member.ts";
import { restartSession } from "./sessions.ts";
import { storeGroup } from "./store.ts";

/**
 * Who has just been given its id is about to come with it. Not to wait so long for it would make a
 * second generation, of which all others hear with their next heartbeats only.
 */
const PENDING_PATIENCE_MS = 10;

/** More than that at one moment are likely to be followed by others, whose connections are being made. */
const FEW_MEMBERS = 16;

/** Begins one, or goes on with the one that is under way. */
export function rebalance(
  g: GroupState,
  cause: RebalanceCause,
  member: Causer | undefined,
  reason: string | null,
): void {
  if (g.classic.state === "PreparingRebalance") return completeJoinIfDue(g);
  // Nobody is left in an empty group whose absence could concern anyone.
  if (g.classic.state === "Empty" && g.classic.members.size === 0) return;
  note(g, cause, member, reason);
  prepareRebalance(g);
}

function note(
  g: GroupState,
  cause: RebalanceCause,
  member: Causer | undefined,
  reason: string | null,
): void {
  const { generationId, members } = g.classic;
  noteRebalance(g, { generationId, cause, reason, members: members.size }, member);
}

function prepareRebalance(g: GroupState): void {
  const { classic } = g;
  if (classic.state === "CompletingRebalance") {
    resetAssignments(g, ErrorCode.REBALANCE_IN_PROGRESS);
  }
  g.out.stopTimer("sync");
  const isInitial = classic.state === "Empty";
  classic.enter("PreparingRebalance", g.world.wallMs());
  if (!isInitial) return completeJoinOrWait(g);
  const delayMs = g.config.initialRebalanceDelayMs;
  const remainingMs = Math.max(classic.rebalanceTimeoutMs - delayMs, 0);
  waitForMore(g, { delayMs, remainingMs, patienceMs: PENDING_PATIENCE_MS });
}

type Waiting = GroupEvents["initialJoinDue"]["args"];

/** Also without a delay: those who come together are one generation, not one after another. */
function waitForMore(g: GroupState, waiting: Waiting): void {
  g.out.startTimer("join", waiting.delayMs, "initialJoinDue", waiting);
}

/** Whoever came meanwhile may be followed by others: the wait is prolonged, up to a bound. */
export function initialJoinDue(g: GroupState, waiting: Waiting): void {
  const { classic, config } = g;
  const { delayMs, remainingMs, patienceMs } = waiting;
  if (classic.state !== "PreparingRebalance") return;
  const leftMs = Math.max(remainingMs - Math.max(delayMs, 1), 0);
  if (classic.newMemberAdded && remainingMs > 0) {
    classic.newMemberAdded = false;
    const longerMs = Math.min(config.initialRebalanceDelayMs, remainingMs);
    const patience = { patienceMs: PENDING_PATIENCE_MS };
    return waitForMore(g, { delayMs: longerMs, remainingMs: leftMs, ...patience });
  }
  const isFollowed = classic.pendingJoins.size > 0 && patienceMs > 0 && remainingMs > 0;
  if (!isFollowed) return completeJoin(g);
  waitForMore(g, { delayMs: 1, remainingMs: leftMs, patienceMs: patienceMs - 1 });
}

/**
 * Without a delay, the last of a few who had asked for an id ends the wait: the clock's next tick would
 * be a millisecond later, which is more than all the rest of a join.
 */
export function endInitialWaitIfDue(g: GroupState): void {
  const { classic, config } = g;
  if (config.initialRebalanceDelayMs > 0 || classic.pendingJoins.size > 0) return;
  if (classic.previousState !== "Empty" || classic.members.size > FEW_MEMBERS) return;
  completeJoin(g);
}

/** Somebody has joined, or gone. */
export function completeJoinIfDue(g: GroupState): void {
  if (g.classic.state !== "PreparingRebalance") return;
  // A group that was empty waits for its time to be over, whoever has joined.
  if (g.classic.previousState !== "Empty" && g.classic.allHaveJoined) completeJoin(g);
}

function completeJoinOrWait(g: GroupState): void {
  // Who has only been given an id is waited for as long as the members allow, and there are none.
  if (g.classic.allHaveJoined || g.classic.members.size === 0) return completeJoin(g);
  g.out.startTimer("join", g.classic.rebalanceTimeoutMs, "joinDue", {});
}

export function completeJoin(g: GroupState): void {
  const { classic } = g;
  if (classic.state !== "PreparingRebalance") return;
  g.out.stopTimer("join");
  for (const member of [...classic.members.values()]) {
    // A static member keeps its place until its session is over.
    if (member.awaitsJoin !== undefined || member.groupInstanceId !== null) continue;
    dismiss(g, member, ErrorCode.UNKNOWN_MEMBER_ID);
  }
  if (!classic.electJoinedLeader() && classic.members.size > 0) {
    // Nobody has come back. The next to do so, or the end of the last session, goes on from here.
    g.out.startTimer("join", classic.rebalanceTimeoutMs, "joinDue", {});
    return;
  }
  classic.nextGeneration(g.world.wallMs());
  noteTopics(g);
  if (classic.members.size === 0) return becomeEmpty(g);
  for (const member of classic.members.values()) {
    answerJoin(g, member, joined(classic, member.memberId, classic.isLeader(member.memberId)));
    member.isNew = false;
    restartSession(g, member);
    classic.pendingSyncs.add(member.memberId);
  }
  const { generationId } = classic;
  g.out.startTimer("sync", classic.rebalanceTimeoutMs, "syncDue", { generationId });
}

/** So that a new start finds the group empty, and since when. */
function becomeEmpty(g: GroupState): void {
  storeGroup(g, new Map(), (errorCode) => {
    if (errorCode === ErrorCode.NONE) return;
    g.out.log("warn", "that a group is empty is not stored", { groupId: g.groupId, errorCode });
  });
}

/** Members that have not asked for what the leader gave them are gone. */
export function syncDue(g: GroupState, generationId: number): void {
  const { classic } = g;
  if (classic.generationId !== generationId || classic.pendingSyncs.size === 0) return;
  if (classic.state !== "CompletingRebalance" && classic.state !== "Stable") return;
  let first: ClassicMember | undefined;
  for (const memberId of [...classic.pendingSyncs]) {
    const member = classic.members.get(memberId);
    if (member === undefined) continue;
    first ??= member;
    dismiss(g, member, ErrorCode.UNKNOWN_MEMBER_ID);
  }
  rebalance(g, "no assignment asked for in time", first, null);
}

export function resetAssignments(g: GroupState, errorCode: ErrorCode): void {
  for (const member of g.classic.members.values()) {
    member.assignment = noBytes;
    if (member.awaitsSync === undefined) continue;
    answerSync(g, member, errorCode);
    restartSession(g, member);
  }
}
