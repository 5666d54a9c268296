// Changes of who votes: one voter at a time, none before the last one is committed and an entry of the
// leader's own term is (Ongaro's correction of 2015). A new voter catches up first, so that the set it
// joins is never one of whom too many have nothing.
//
// Lives on: anywhere (pure).

import type { Progress } from "./progress.ts";
import { newProgress, sayOf, sendToAll } from "./progress.ts";
import type {
  ChangeResult,
  Effects,
  Leader,
  PendingChange,
  RaftState,
  VoterWish,
} from "./state.ts";
import { HEARTBEATS_PER_TIMEOUT, isVoterItself, votersOf } from "./state.ts";
import type { Voter, VoterSet } from "./voters.ts";
import { isVoter, voterOf } from "./voters.ts";

/** Election timeouts a new voter has for catching up. */
const CATCH_UP_TIMEOUTS = 10;

export function startChange(
  state: RaftState,
  role: Leader,
  change: number,
  wish: VoterWish,
  effects: Effects,
): void {
  const refused = whyNot(state, role, wish);
  if (refused !== undefined) {
    effects.push({ effect: "answerChange", change, result: refused });
    return;
  }
  role.change = { change, wish, offset: null, heartbeats: 0 };
  advanceChange(state, role, effects);
}

function whyNot(state: RaftState, role: Leader, wish: VoterWish): ChangeResult | undefined {
  if (!mayChange(state, role)) return "busy";
  const voters = votersOf(state);
  if ("add" in wish)
    return voterOf(voters, wish.add.nodeId) === undefined ? undefined : "duplicate";
  const { nodeId, directoryId } = wish.remove;
  if (!isVoter(voters, nodeId, directoryId)) return "unknown";
  // One who is alone is known by its number, and still has a disk of its own.
  const own = nodeId === state.nodeId ? state.directoryId : null;
  if (own !== null && directoryId !== null && directoryId !== own) return "unknown";
  return voters.length === 1 ? "lastVoter" : undefined;
}

function mayChange(state: RaftState, role: Leader): boolean {
  const { offset } = state.voterHistory.latest;
  return role.announced && role.change === null && offset < state.highWatermark;
}

/** Appends the change that waits, as soon as nothing speaks against it. */
export function advanceChange(state: RaftState, role: Leader, effects: Effects): void {
  const { change } = role;
  if (change === null || change.offset !== null || change.wish === null) return;
  const { wish } = change;
  const voters = votersOf(state);
  if ("remove" in wish) {
    const rest = voters.filter(({ nodeId }) => nodeId !== wish.remove.nodeId);
    return appendVoters(state, role, change, rest, effects);
  }
  const progress = role.progress.get(wish.add.nodeId);
  if (progress === undefined || !hasCaughtUp(state, progress, wish.add)) return;
  appendVoters(state, role, change, [...voters, wish.add], effects);
}

function hasCaughtUp(state: RaftState, progress: Progress, { directoryId }: Voter): boolean {
  if (directoryId !== null && directoryId !== progress.directoryId) return false;
  return progress.isHeard && progress.durable >= state.highWatermark;
}

function appendVoters(
  state: RaftState,
  role: Leader,
  change: PendingChange,
  voters: VoterSet,
  effects: Effects,
): void {
  const at = state.log.end;
  change.offset = at;
  state.log.append(at, at + 1, state.term);
  state.voterHistory.append({ offset: at, voters });
  for (const { nodeId } of voters) {
    if (nodeId === state.nodeId || role.progress.has(nodeId)) continue;
    role.progress.set(nodeId, newProgress(at));
  }
  effects.push({ effect: "appendVoters", at, epoch: state.term, voters });
  sendToAll(state, role, false, effects);
}

/** Called when more is committed. */
export function answerChange(state: RaftState, role: Leader, effects: Effects): void {
  const { change } = role;
  if (change === null || change.offset === null || change.offset >= state.highWatermark) return;
  endChange(role, "done", effects);
}

export function endChange(role: Leader, result: ChangeResult, effects: Effects): void {
  if (role.change === null) return;
  const { change } = role.change;
  role.change = null;
  if (change !== null) effects.push({ effect: "answerChange", change, result });
}

export function countHeartbeatOfChange(role: Leader, effects: Effects): void {
  const { change } = role;
  if (change === null || change.offset !== null) return;
  change.heartbeats += 1;
  if (change.heartbeats < CATCH_UP_TIMEOUTS * HEARTBEATS_PER_TIMEOUT) return;
  endChange(role, "notCaughtUp", effects);
}

// ------------------------------------------------------------------ of the leader's own accord

/**
 * Voters of the configuration are known by their numbers alone. Once each has been heard of, their
 * disks are written down, so that a node which comes back without its own does not vote in its name.
 */
export function pinDirectories(state: RaftState, role: Leader, effects: Effects): void {
  const voters = votersOf(state);
  if (voters.length === 1 || !voters.some(({ directoryId }) => directoryId === null)) return;
  if (!mayChange(state, role)) return;
  const pinned = voters.map((voter) => ({
    ...voter,
    directoryId: directoryOf(state, role, voter),
  }));
  if (pinned.some(({ directoryId }) => directoryId === null)) return;
  const change = { change: null, wish: null, offset: null, heartbeats: 0 };
  role.change = change;
  appendVoters(state, role, change, pinned, effects);
}

function directoryOf(state: RaftState, role: Leader, voter: Voter): string | null {
  if (voter.directoryId !== null) return voter.directoryId;
  if (voter.nodeId === state.nodeId) return state.directoryId;
  const progress = role.progress.get(voter.nodeId);
  return progress?.isHeard === true ? progress.directoryId : null;
}

/** An observer that wants to vote and has caught up does; the lost disk in whose place it is goes. */
export function letJoin(state: RaftState, role: Leader, from: number, effects: Effects): void {
  const progress = role.progress.get(from)!;
  const { directoryId } = progress;
  if (!progress.joins || directoryId === null || !mayChange(state, role)) return;
  const voters = votersOf(state);
  if (isVoter(voters, from, directoryId)) return;
  const joining = { nodeId: from, directoryId, endpoints: progress.endpoints };
  if (!hasCaughtUp(state, progress, joining)) return;
  const lost = voterOf(voters, from);
  const wish = lost === undefined ? { add: joining } : { remove: lost };
  if (lost !== undefined && voters.length === 1) return;
  role.change = { change: null, wish, offset: null, heartbeats: 0 };
  advanceChange(state, role, effects);
}

/** How far the set in force has the log on disk, the leader itself by its own syncs only. */
export function durableOf(state: RaftState, role: Leader, nodeId: number): number {
  // It may lead by the votes of others without being one of the voters itself, its disk being another.
  if (nodeId === state.nodeId) return isVoterItself(state) ? state.durableEnd : 0;
  return sayOf(state, role, nodeId, (progress) => progress.durable);
}
