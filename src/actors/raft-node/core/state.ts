// The state of one Raft voter and what its steps may cause. A step takes one event, changes the state
// and adds effects; it does no work itself. Whoever carries the effects out (raft-node.ts, a
// transcript, the simulator) answers them with further events.
//
//            election timeout             own vote + others = majority
//   follower ------------------> candidate ---------------------------> leader
//      ^                            |  ^ | election timeout: next term     |
//      |  higher term               |  +-+                                 |
//      +----------------------------+                                      |
//      +-------------------------------------------------------------------+
//         higher term, or its log could not be written
//
// A quorum of one goes the same way: it waits for its own vote to be on disk and has a majority.
//
// Lives on: anywhere (pure).

/** What two voters say to one another. Only elections so far; replication joins them. */
export type RaftMessage =
  | {
      readonly kind: "voteRequest";
      readonly term: number;
      /** The candidate's log: the epoch of its last entry and where it ends (Raft 5.4.1). */
      readonly lastEpoch: number;
      readonly logEnd: number;
    }
  | { readonly kind: "voteReply"; readonly term: number; readonly granted: boolean };

export type RaftEvent =
  /** Heard nothing of a leader for long enough. */
  | { readonly event: "electionTimeout" }
  /** Save number `save` is on disk. */
  | { readonly event: "voteSaved"; readonly save: number }
  | { readonly event: "voteNotSaved"; readonly save: number }
  | { readonly event: "received"; readonly from: number; readonly message: RaftMessage }
  | {
      readonly event: "proposed";
      readonly proposal: number;
      readonly term: number;
      readonly recordCount: number;
    }
  /**
   * Everything below `end` that was appended in `generation` is on disk. A sync asked for before the
   * log was cut back says nothing of what stands there now.
   */
  | { readonly event: "synced"; readonly end: number; readonly generation: number }
  /** An append did not happen, nor did those after it: the log ends at `end` with `lastEpoch`. */
  | { readonly event: "appendFailed"; readonly end: number; readonly lastEpoch: number };

export type RaftEffect =
  /** Put term and vote on disk, then say `voteSaved`. */
  | {
      readonly effect: "saveVote";
      readonly save: number;
      readonly term: number;
      readonly votedFor: number | null;
    }
  /** Append the first entry of a term: who leads, and who voted for it. */
  | {
      readonly effect: "appendLeaderChange";
      readonly at: number;
      readonly epoch: number;
      readonly granting: readonly number[];
    }
  /** Append the records of a proposal as one atomic batch. */
  | {
      readonly effect: "appendProposal";
      readonly at: number;
      readonly epoch: number;
      readonly proposal: number;
    }
  | { readonly effect: "send"; readonly to: number; readonly message: RaftMessage }
  /** All entries below `end` are committed. */
  | { readonly effect: "commit"; readonly end: number }
  /** The proposal is committed (then `lastOffset` says where), or will not be told of any more. */
  | {
      readonly effect: "answer";
      readonly proposal: number;
      readonly lastOffset: number | null;
    }
  /** Leads in `term`, and every entry of earlier terms is committed. */
  | { readonly effect: "lead"; readonly term: number }
  | { readonly effect: "leadNoMore"; readonly term: number }
  /** `soon`: nobody else could be leading, so there is nothing to wait for. */
  | { readonly effect: "startElectionTimer"; readonly soon: boolean }
  | { readonly effect: "stopElectionTimer" };

export type Follower = { readonly name: "follower" };

export type Candidate = {
  readonly name: "candidate";
  /** Who granted; oneself once the own vote is on disk. */
  readonly granted: Set<number>;
};

export type PendingProposal = { readonly proposal: number; readonly lastOffset: number };

export type Leader = {
  readonly name: "leader";
  /** The offset of the term's first entry. Nothing commits before it does (Raft 5.4.2). */
  readonly termStart: number;
  /** How far each voter has the log on disk; the leader itself by its own syncs only. */
  readonly durableEnds: Map<number, number>;
  readonly pending: PendingProposal[];
  /** `lead` has been told. */
  announced: boolean;
};

export type Role = Follower | Candidate | Leader;

export type RaftState = {
  readonly nodeId: number;
  readonly voters: readonly number[];
  role: Role;
  term: number;
  votedFor: number | null;
  /** Known leader of the term. */
  leaderId: number | null;
  /** The next offset to append at, appends under way included. */
  logEnd: number;
  /** The epoch of the last entry; 0 for an empty log. */
  lastEpoch: number;
  /** Counts how often the log was cut back. */
  generation: number;
  highWatermark: number;
  /** The number of the latest save; on disk once `savesDone` has reached it. */
  saves: number;
  savesDone: number;
  /** Messages that tell of a term or vote not yet on disk. */
  unsent: { readonly to: number; readonly message: RaftMessage }[];
  /** Whether this node has led or failed to since it started. */
  hasStood: boolean;
};

export type Effects = RaftEffect[];

/** What a node knows when it starts: its vote file and its log. */
export type Durable = {
  readonly nodeId: number;
  readonly voters: readonly number[];
  readonly term: number;
  readonly votedFor: number | null;
  readonly logEnd: number;
  readonly lastEpoch: number;
};

export function startingState(durable: Durable): RaftState {
  return {
    ...durable,
    role: { name: "follower" },
    leaderId: null,
    generation: 0,
    highWatermark: 0,
    saves: 0,
    savesDone: 0,
    unsent: [],
    hasStood: false,
  };
}

export function majorityOf(voters: readonly number[]): number {
  return Math.floor(voters.length / 2) + 1;
}

// ------------------------------------------------------------------ term and vote

/** Adopts a term and vote: nothing tells of them before they are on disk (Raft 5.1, 5.2). */
export function saveVote(
  state: RaftState,
  term: number,
  votedFor: number | null,
  effects: Effects,
): void {
  if (term > state.term) state.leaderId = null;
  state.term = term;
  state.votedFor = votedFor;
  state.saves += 1;
  effects.push({ effect: "saveVote", save: state.saves, term, votedFor });
}

export function isVoteSaved(state: RaftState): boolean {
  return state.savesDone === state.saves;
}

export function send(state: RaftState, to: number, message: RaftMessage, effects: Effects): void {
  if (isVoteSaved(state)) effects.push({ effect: "send", to, message });
  else state.unsent.push({ to, message });
}

/** Sends what waited for the disk, except what a later term has made meaningless. */
export function sendUnsent(state: RaftState, effects: Effects): void {
  const waiting = state.unsent;
  state.unsent = [];
  for (const { to, message } of waiting) {
    if (message.term === state.term) effects.push({ effect: "send", to, message });
  }
}
