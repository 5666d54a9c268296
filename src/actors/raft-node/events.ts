// What the Raft node hears besides its public messages.
//
// Lives on: host 0 (types only).

import type { Cast } from "../../runtime/actor.ts";
import type { RaftNodeProtocol } from "./messages.ts";

export type RaftNodeSelf = RaftNodeProtocol & {
  electionDue: Cast<Record<string, never>>;
};
