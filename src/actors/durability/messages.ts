// What the durability actor hears: the public face of actors/durability. One per host: every actor
// of the host that must know its bytes safe asks it, and one sync serves all who wait (group commit).
//
// Lives on: anywhere (types and address helpers).

import type { Outcome } from "../../base/outcome.ts";
import type { ActorRef, Call } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";

export const durabilityKind = "durability";

export function durabilityRef(hostIndex: number): ActorRef<DurabilityProtocol> {
  return refTo(durabilityKind, String(hostIndex));
}

export type DurabilityProtocol = {
  /**
   * Answered when everything written to `path` before the question was asked is on disk. A fault is
   * final for the file: it is never synced again until the node has started anew.
   */
  sync: Call<{ path: string }, Outcome<null>>;
  /** The file is gone or closed for good: forget its state. */
  forget: Call<{ path: string }, Record<string, never>>;
};
