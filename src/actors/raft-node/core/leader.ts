// The leader: appends what is proposed and knows when it is committed.
//
// It may write and send before its own disk has synced, but counts itself only for what is synced;
// else one power cut could undo what a majority was said to have.
//
// Lives on: anywhere (pure).

import type { Candidate, Effects, Leader, RaftEvent, RaftState } from "./state.ts";
import { majorityOf, send } from "./state.ts";

export function becomeLeader(state: RaftState, { granted }: Candidate, effects: Effects): void {
  const termStart = state.logEnd;
  state.role = {
    name: "leader",
    termStart,
    durableEnds: new Map(),
    pending: [],
    announced: false,
  };
  state.leaderId = state.nodeId;
  state.logEnd += 1;
  state.lastEpoch = state.term;
  effects.push({ effect: "stopElectionTimer" });
  effects.push({
    effect: "appendLeaderChange",
    at: termStart,
    epoch: state.term,
    granting: [...granted].sort((a, b) => a - b),
  });
}

export function stepLeader(
  state: RaftState,
  role: Leader,
  event: RaftEvent,
  effects: Effects,
): void {
  switch (event.event) {
    case "proposed": {
      const { proposal, term, recordCount } = event;
      if (term !== state.term || recordCount === 0) {
        effects.push({ effect: "answer", proposal, lastOffset: null });
        return;
      }
      const at = state.logEnd;
      state.logEnd += recordCount;
      role.pending.push({ proposal, lastOffset: state.logEnd - 1 });
      effects.push({ effect: "appendProposal", at, epoch: state.term, proposal });
      return;
    }
    case "synced":
      if (event.generation !== state.generation) return;
      return haveDurable(state, role, state.nodeId, event.end, effects);
    case "received": {
      const { from, message } = event;
      if (message.kind === "voteRequest") {
        send(state, from, { kind: "voteReply", term: state.term, granted: false }, effects);
      }
      return;
    }
    default:
      return;
  }
}

/** A voter has the log on disk up to `end`. */
function haveDurable(
  state: RaftState,
  role: Leader,
  voter: number,
  end: number,
  effects: Effects,
): void {
  role.durableEnds.set(voter, Math.max(end, role.durableEnds.get(voter) ?? 0));
  const ends = state.voters.map((each) => role.durableEnds.get(each) ?? 0).sort((a, b) => b - a);
  const onMajority = ends[majorityOf(state.voters) - 1] ?? 0;
  // Entries of earlier terms commit by an entry of this one after them, never by count (Raft 5.4.2).
  if (onMajority <= role.termStart || onMajority <= state.highWatermark) return;
  state.highWatermark = onMajority;
  effects.push({ effect: "commit", end: onMajority });
  if (!role.announced) {
    role.announced = true;
    effects.push({ effect: "lead", term: state.term });
  }
  while (role.pending[0] !== undefined && role.pending[0].lastOffset < onMajority) {
    const { proposal, lastOffset } = role.pending.shift()!;
    effects.push({ effect: "answer", proposal, lastOffset });
  }
}

/** What was proposed and not committed may still be, in a later term; nobody here will know. */
export function resign(state: RaftState, role: Leader, effects: Effects): void {
  for (const { proposal } of role.pending) {
    effects.push({ effect: "answer", proposal, lastOffset: null });
  }
  if (role.announced) effects.push({ effect: "leadNoMore", term: state.term });
  state.leaderId = null;
}
