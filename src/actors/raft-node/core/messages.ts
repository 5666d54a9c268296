// What Raft nodes say to one another, and in which form a log entry passes through the steps.
//
// Lives on: anywhere (types only).

import type { LogPlace } from "./log.ts";
import type { Voter, VoterSet } from "./voters.ts";

/** A batch of the log. Its bytes are opaque to the steps; whoever made it from bytes has checked them. */
export type RaftBatch = {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly epoch: number;
  readonly bytes: Uint8Array;
  /** The voter set that is in force from this batch on. */
  readonly voters: VoterSet | null;
};

/** Every message has its sender's term. A later one is adopted, an earlier one refused (Raft 5.1). */
export type RaftMessage =
  /** Would you vote for me? Changes nothing with the one who is asked (Raft 9.6, KIP-996). */
  | {
      readonly kind: "preVoteRequest" | "voteRequest";
      readonly term: number;
      /** The candidate's log: where it ends and the epoch of its last entry (Raft 5.4.1). */
      readonly lastEpoch: number;
      readonly logEnd: number;
    }
  | {
      readonly kind: "preVoteReply" | "voteReply";
      readonly term: number;
      readonly granted: boolean;
    }
  /** Also the heartbeat, then without batches. */
  | {
      readonly kind: "append";
      readonly term: number;
      /** Goes up with every message to whomever in a term; the reply has it again. */
      readonly round: number;
      /** Where the batches go, and the epoch of the entry before them. */
      readonly from: number;
      readonly prevEpoch: number;
      readonly commitEnd: number;
      readonly batches: readonly RaftBatch[];
    }
  | {
      readonly kind: "appendReply";
      readonly term: number;
      readonly round: number;
      /** The logs agree at the place asked for. */
      readonly accepted: boolean;
      /**
       * Accepted: the logs agree up to here, and up to here it is on disk. Not accepted: they may agree
       * up to here, where the entry before is of `epoch`, and surely not beyond.
       */
      readonly end: number;
      readonly epoch: number;
    }
  | {
      readonly kind: "snapshotChunk";
      readonly term: number;
      readonly round: number;
      readonly snapshot: LogPlace;
      readonly position: number;
      readonly bytes: Uint8Array;
      readonly isLast: boolean;
    }
  /** The bytes before `position` are there. */
  | {
      readonly kind: "snapshotReply";
      readonly term: number;
      readonly round: number;
      readonly snapshot: LogPlace;
      readonly position: number;
    }
  /** Stand for election now: the leader makes way (Raft dissertation 3.10). */
  | { readonly kind: "timeoutNow"; readonly term: number }
  /** The leader ends its term by itself; nobody need wait for it. */
  | { readonly kind: "resigned"; readonly term: number }
  /** One who does not vote asks for the log, and perhaps for a vote once it has caught up. */
  | {
      readonly kind: "observe";
      readonly term: number;
      readonly joins: boolean;
      /** Where others find it, once it votes. */
      readonly endpoints: Voter["endpoints"];
    }
  /** Said to an observer that has asked the wrong one; it may know of no other. */
  | {
      readonly kind: "leaderIs";
      readonly term: number;
      readonly leaderId: number;
      readonly endpoints: Voter["endpoints"];
    };

export type MessageOf<K extends RaftMessage["kind"]> = Extract<RaftMessage, { kind: K }>;
