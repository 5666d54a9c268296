// The state of one Raft node and what its steps may cause. A step takes one event, changes the state
// and adds effects; it does no work itself. Whoever carries the effects out (raft-node.ts, a
// transcript, the property test) answers them with further events.
//
//            timeout                 a majority would            a majority has
//            (voters only)           vote for it                 voted for it
//   follower ---------> prospective ---------------> candidate ---------------> leader
//      ^  ^                 |  ^ timeout: asks again     |  | timeout             |
//      |  |                 |  +-------------------------|--+                     |
//      |  +-----------------+ hears of a leader          |                        |
//      +-------------------------------------------------+                        |
//      +--------------------------------------------------------------------------+
//        later term; no majority heard of; its log could not be written; no voter any more
//
// A quorum of one goes the same way: it waits for its own vote to be on disk and has a majority. One
// who is no voter stays a follower: it asks the voters for the log when nothing is heard of a leader.
//
// Lives on: anywhere (pure).

import type { EpochEntry } from "../../../storage/leader-epochs.ts";
import type { LogPlace } from "./log.ts";
import { RaftLog } from "./log.ts";
import type { MessageOf, RaftBatch, RaftMessage } from "./messages.ts";
import type { Progress } from "./progress.ts";
import type { Voter, VotersAt, VoterSet } from "./voters.ts";
import { isVoter, VoterHistory } from "./voters.ts";

export type { RaftMessage } from "./messages.ts";

/** Messages that wait for the vote's sync; any more are as good as lost on the way. */
const UNSENT_MAX = 1000;

/** The leader's timer goes off this often in an election timeout. */
export const HEARTBEATS_PER_TIMEOUT = 5;

export type RaftEvent =
  /** Heard nothing of a leader for long enough. */
  | { readonly event: "electionTimeout" }
  | { readonly event: "heartbeatDue" }
  /** The stream to another node broke: it is gone, or cannot be reached. */
  | { readonly event: "peerLost"; readonly peer: number }
  /** There is a stream to another node. */
  | { readonly event: "peerFound"; readonly peer: number }
  /** Save number `save` is on disk. */
  | { readonly event: "voteSaved"; readonly save: number }
  | { readonly event: "voteNotSaved"; readonly save: number }
  | {
      readonly event: "received";
      readonly from: number;
      /** The disk that the sender says it has. */
      readonly directoryId: string | null;
      readonly message: RaftMessage;
    }
  | {
      readonly event: "proposed";
      readonly proposal: number;
      readonly term: number;
      readonly recordCount: number;
    }
  /** Is this node the leader of `term` at a moment after this one? */
  | { readonly event: "read"; readonly read: number; readonly term: number }
  /** Another is to lead; null: whoever has most of the log. */
  | { readonly event: "transfer"; readonly to: number | null }
  | { readonly event: "changeVoters"; readonly change: number; readonly wish: VoterWish }
  /**
   * Everything below `end` that was appended in `generation` is on disk. A sync asked for before the
   * log was cut back says nothing of what stands there now.
   */
  | { readonly event: "synced"; readonly end: number; readonly generation: number }
  /** An append did not happen, nor did those after it: the log ends at `end`. */
  | { readonly event: "appendFailed"; readonly end: number }
  /** A snapshot of one's own making is on disk; entries before `logStart` may be gone. */
  | { readonly event: "snapshotTaken"; readonly snapshot: LogPlace; readonly logStart: LogPlace }
  /** What `installSnapshot` asked for is done: the log begins behind it. Null: it could not be used. */
  | {
      readonly event: "snapshotInstalled";
      readonly snapshot: LogPlace;
      readonly voters: VotersAt | null;
    }
  | { readonly event: "snapshotNotInstalled"; readonly snapshot: LogPlace };

export type VoterWish = { readonly add: Voter } | { readonly remove: Voter };

export type ChangeResult =
  | "done"
  | "notLeading"
  | "busy"
  | "duplicate"
  | "unknown"
  | "notCaughtUp"
  | "lastVoter";

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
  | {
      readonly effect: "appendVoters";
      readonly at: number;
      readonly epoch: number;
      readonly voters: VoterSet;
    }
  /** Append what the leader sent, cutting the log back to where it begins if it ends later. */
  | {
      readonly effect: "appendBatches";
      readonly batches: readonly RaftBatch[];
      readonly truncates: boolean;
    }
  | { readonly effect: "send"; readonly to: number; readonly message: RaftMessage }
  /** Send this append with as many of the batches that follow `from` as fit. */
  | {
      readonly effect: "sendEntries";
      readonly to: number;
      readonly message: MessageOf<"append">;
      readonly end: number;
    }
  /** Send what comes next of the snapshot's file. */
  | {
      readonly effect: "sendSnapshot";
      readonly to: number;
      readonly message: Omit<MessageOf<"snapshotChunk">, "bytes" | "isLast">;
    }
  | {
      readonly effect: "keepChunk";
      readonly snapshot: LogPlace;
      readonly position: number;
      readonly bytes: Uint8Array;
    }
  /** All chunks are there: the snapshot takes the place of the log, then say `snapshotInstalled`. */
  | { readonly effect: "installSnapshot"; readonly snapshot: LogPlace }
  /** All entries below `end` are committed. */
  | { readonly effect: "commit"; readonly end: number }
  /** The proposal is committed (then `lastOffset` says where), or will not be told of any more. */
  | {
      readonly effect: "answer";
      readonly proposal: number;
      readonly lastOffset: number | null;
    }
  /** It led when it was asked, and all that was committed then is committed below `end`. */
  | { readonly effect: "answerRead"; readonly read: number; readonly end: number | null }
  | { readonly effect: "answerChange"; readonly change: number; readonly result: ChangeResult }
  /** Leads in `term`, and every entry of earlier terms is committed. */
  | { readonly effect: "lead"; readonly term: number }
  | { readonly effect: "leadNoMore"; readonly term: number }
  /**
   * `none`: nobody else could be leading, so there is nothing to wait for. `short`: the leader is known
   * to be gone; just long enough that not all stand at once.
   */
  | { readonly effect: "startElectionTimer"; readonly wait: "none" | "short" | "full" }
  | { readonly effect: "stopElectionTimer" }
  /** Once; it is started anew as long as there is somebody to send to. */
  | { readonly effect: "startHeartbeatTimer" }
  | { readonly effect: "stopHeartbeatTimer" };

/** A snapshot on its way from the leader. */
export type Installing = {
  readonly snapshot: LogPlace;
  received: number;
  /** Everything is there and being put in place. */
  isWhole: boolean;
};

export type Follower = {
  readonly name: "follower";
  /** Up to here the log is the leader's. What is committed always is (leader completeness). */
  matched: number;
  commitEnd: number;
  /** The latest round that the leader was heard of. */
  round: number;
};

export type Prospective = { readonly name: "prospective"; readonly granted: Set<number> };

export type Candidate = {
  readonly name: "candidate";
  /** Who granted; oneself once the own vote is on disk. */
  readonly granted: Set<number>;
};

export type PendingProposal = { readonly proposal: number; readonly lastOffset: number };

/** `end` and `round` are known once an entry of the term is committed. */
export type PendingRead = { readonly read: number; end: number; round: number };

/** Not yet appended while `offset` is null: the new voter is still catching up. */
export type PendingChange = {
  /** Null: the leader's own idea, nobody is told. */
  readonly change: number | null;
  /** Null: the same voters, better known. */
  readonly wish: VoterWish | null;
  offset: number | null;
  heartbeats: number;
};

export type Leader = {
  readonly name: "leader";
  /** The offset of the term's first entry. Nothing commits before it does (Raft 5.4.2). */
  readonly termStart: number;
  /** Everyone else the log is sent to, voters and observers. */
  readonly progress: Map<number, Progress>;
  readonly pending: PendingProposal[];
  readonly reads: PendingRead[];
  /** The number of the latest message. */
  round: number;
  heartbeats: number;
  transfer: { readonly to: number; readonly since: number; told: boolean } | null;
  change: PendingChange | null;
  /** `lead` has been told. */
  announced: boolean;
};

export type Role = Follower | Prospective | Candidate | Leader;

export type RaftState = {
  readonly nodeId: number;
  readonly directoryId: string | null;
  /** One who is no voter would like to be one. */
  readonly joins: boolean;
  /** Where others find this node. */
  readonly endpoints: Voter["endpoints"];
  /** Nodes to which there are streams; who knows of no voters asks them. */
  readonly found: Set<number>;
  readonly log: RaftLog;
  readonly voterHistory: VoterHistory;
  role: Role;
  term: number;
  votedFor: number | null;
  /** Known leader of the term. */
  leaderId: number | null;
  /** Counts how often the log was cut back. */
  generation: number;
  /** What of the log is surely on disk. */
  durableEnd: number;
  highWatermark: number;
  /** The newest on disk; what those who are behind the log's start are sent. */
  snapshot: LogPlace | null;
  installing: Installing | null;
  /** The number of the latest save; on disk once `savesDone` has reached it. */
  saves: number;
  savesDone: number;
  /** Messages that tell of a term or vote not yet on disk. */
  unsent: { readonly to: number; readonly message: RaftMessage }[];
  /** Whether this node has led or failed to since it started. */
  hasStood: boolean;
};

export type Effects = RaftEffect[];

/** What a node knows when it starts: its vote file, its newest snapshot and its log. */
export type Durable = {
  readonly nodeId: number;
  readonly directoryId: string | null;
  readonly joins: boolean;
  readonly endpoints: Voter["endpoints"];
  readonly term: number;
  readonly votedFor: number | null;
  readonly logStart: LogPlace;
  /** Everything below is on disk. */
  readonly logEnd: number;
  readonly epochs: readonly EpochEntry[];
  readonly snapshot: LogPlace | null;
  /** Ascending; the first is what the snapshot or the configuration says. */
  readonly voterSets: readonly VotersAt[];
};

export function startingState(durable: Durable): RaftState {
  const { logStart, logEnd, epochs, voterSets, ...rest } = durable;
  // What a snapshot holds is committed.
  const committed = Math.max(logStart.offset, durable.snapshot?.offset ?? 0);
  return {
    ...rest,
    found: new Set(),
    log: new RaftLog(logStart, logEnd, epochs),
    voterHistory: new VoterHistory(voterSets),
    role: { name: "follower", matched: committed, commitEnd: 0, round: 0 },
    leaderId: null,
    generation: 0,
    durableEnd: logEnd,
    highWatermark: committed,
    installing: null,
    saves: 0,
    savesDone: 0,
    unsent: [],
    hasStood: false,
  };
}

// ------------------------------------------------------------------ voters

export function votersOf(state: RaftState): VoterSet {
  return state.voterHistory.latest.voters;
}

export function isVoterItself(state: RaftState): boolean {
  return isVoter(votersOf(state), state.nodeId, state.directoryId);
}

/**
 * One who is voted out by an entry that is not committed may be needed to have it committed, or undone
 * (dissertation 4.2.2).
 */
export function mayStand({ voterHistory, highWatermark, nodeId, directoryId }: RaftState): boolean {
  const sets = voterHistory.since(highWatermark);
  return sets.some(({ voters }) => isVoter(voters, nodeId, directoryId));
}

export function otherVoters(state: RaftState): readonly number[] {
  return votersOf(state)
    .map(({ nodeId }) => nodeId)
    .filter((nodeId) => nodeId !== state.nodeId);
}

/** Whether a message's sender has a voter's say; its number alone may be that of a lost disk. */
export function speaksForVoter(
  state: RaftState,
  { from, directoryId }: { readonly from: number; readonly directoryId: string | null },
): boolean {
  return isVoter(votersOf(state), from, directoryId);
}

/** Nobody else could be elected. */
export function isAlone(state: RaftState): boolean {
  return votersOf(state).length === 1 && isVoterItself(state);
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
  else if (state.unsent.length < UNSENT_MAX) state.unsent.push({ to, message });
}

/** Sends what waited for the disk, except what a later term has made meaningless. */
export function sendUnsent(state: RaftState, effects: Effects): void {
  const waiting = state.unsent;
  state.unsent = [];
  for (const { to, message } of waiting) {
    if (message.term === state.term) effects.push({ effect: "send", to, message });
  }
}
