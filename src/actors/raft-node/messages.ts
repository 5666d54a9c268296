// What a raft-node actor hears: the public face of actors/raft-node. It keeps one replicated log of
// metadata records and tells the state machine on top (the controller) what has been committed.
// A single node is a quorum of one: the same roles, the same steps.
//
// Lives on: anywhere (types and address helpers).

import type { Outcome } from "../../base/outcome.ts";
import type { ActorRef, Call, Cast } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { SocketAddress } from "../../runtime/ports.ts";
import type { Voter, VoterSet } from "../../metadata/control-records.ts";

export const raftNodeKind = "raft-node";

/** Every node has one Raft node; it lives on the metadata host, as does the controller. */
export function raftNodeRef(): ActorRef<RaftNodeProtocol> {
  return refTo(raftNodeKind, "0");
}

export type RaftNodeSettings = {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The disk that the vote and the log are on. */
  readonly directoryId: string | null;
  /** Of the configuration: who votes as long as the log does not say. */
  readonly voters: VoterSet;
  /** One who does not vote would like to. */
  readonly joins: boolean;
  /** Where voters may be, of whom nothing else is known yet. */
  readonly bootstrap: readonly SocketAddress[];
  /** What the others are told of where this one is to be found. */
  readonly endpoints: Voter["endpoints"];
  /** Where this node listens for the others; null: it has none to speak to. */
  readonly listen: SocketAddress | null;
  /** Where the log, the vote and the snapshots are kept. */
  readonly directory: string;
  /** Size at which a segment of the log is closed. */
  readonly segmentBytes: number;
  readonly electionTimeoutMs: number;
};

/** One committed entry: a metadata record in Kafka's frame (version, api key, version, body). */
export type CommittedEntry = { readonly offset: number; readonly record: Uint8Array };

export type VoterChange = { readonly kind: "add" | "remove"; readonly voter: Voter };
export type VoterChangeResult =
  | "done"
  | "notLeading"
  | "busy"
  | "duplicate"
  | "unknown"
  | "notCaughtUp"
  | "lastVoter";

/** -1: not known, as only the leader knows it. */
export type QuorumMember = Voter & {
  readonly logEndOffset: number;
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
};

export type QuorumDescription = {
  readonly leaderId: number;
  readonly term: number;
  /** Since when the node that is asked knows of this leader; -1: there is none. */
  readonly leaderSinceMs: number;
  readonly highWatermark: number;
  readonly voters: readonly QuorumMember[];
  readonly observers: readonly QuorumMember[];
};

export type RaftNodeProtocol = {
  /**
   * The controller is there: it is told of everything committed, from the beginning, and of who leads.
   * Before that nobody is told anything.
   */
  follow: Cast<Record<string, never>>;
  /**
   * Appends the records as one atomic batch; answered when they are committed. `refused` when this
   * node does not lead in `term` (the caller's view of who leads is stale).
   */
  propose: Call<{ term: number; records: readonly Uint8Array[] }, Outcome<{ lastOffset: number }>>;
  /**
   * Answered once it is sure that this node still led in `term` when it was asked: all that was
   * committed by then is below `end`. What an answer without a change has to wait for.
   */
  confirm: Call<{ term: number }, Outcome<{ end: number }>>;
  /** One voter more or less; answered when that is committed, or why it is not. */
  changeVoters: Call<VoterChange, { result: VoterChangeResult }>;
  /** The state machine has written its image up to `offset`; older entries may go. */
  snapshotTaken: Cast<{ offset: number; records: readonly Uint8Array[] }>;
  describeQuorum: Call<Record<string, never>, QuorumDescription>;
  /** Another node is to lead: answered when this one does not, or when none has taken over in time. */
  resign: Call<Record<string, never>, Record<string, never>>;
  close: Call<Record<string, never>, Record<string, never>>;
};
