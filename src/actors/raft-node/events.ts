// What the Raft node hears besides its public messages.
//
// Lives on: the metadata host (types only).

import type { ArgsOf, BulkCasts, Cast, PeerCasts, ReplyTo } from "../../runtime/actor.ts";
import type { RaftNodeProtocol } from "./messages.ts";

export type RaftNodeSelf = RaftNodeProtocol &
  PeerCasts &
  // Full and drained mean nothing to it: one piece of a snapshot is under way at a time.
  BulkCasts & {
    electionDue: Cast<Record<string, never>>;
    heartbeatDue: Cast<Record<string, never>>;
    /** Nobody has taken over in time. */
    resignDue: Cast<Record<string, never>>;
  };

export type Args<K extends keyof RaftNodeSelf> = ArgsOf<RaftNodeSelf, K>;
export type Answer<K extends keyof RaftNodeProtocol> = ReplyTo<
  NonNullable<RaftNodeProtocol[K]["reply"]>
>;
