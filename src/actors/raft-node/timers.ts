// The timers of a Raft node: how long each of them runs.
//
// Lives on: the metadata host (part of the raft node).

import { unreachable } from "../../base/assert.ts";
import type { Outbox, World } from "../../runtime/actor.ts";
import type { RaftEffect } from "./core/state.ts";
import { HEARTBEATS_PER_TIMEOUT } from "./core/state.ts";
import type { RaftNodeSelf } from "./events.ts";

/** Long enough for one node to ask the others before the next does. */
const SHORT_MS = 50;

export function setTimer(
  effect: Extract<RaftEffect, { effect: `${string}Timer` }>,
  timeoutMs: number,
  out: Pick<Outbox<RaftNodeSelf>, "startTimer" | "stopTimer">,
  { uint32 }: Pick<World, "uint32">,
): void {
  switch (effect.effect) {
    case "startElectionTimer":
      return out.startTimer("election", delayMs(effect.wait, timeoutMs, uint32), "electionDue", {});
    case "stopElectionTimer":
      return out.stopTimer("election");
    case "startHeartbeatTimer":
      return out.startTimer("heartbeat", timeoutMs / HEARTBEATS_PER_TIMEOUT, "heartbeatDue", {});
    case "stopHeartbeatTimer":
      return out.stopTimer("heartbeat");
    default:
      return unreachable(effect);
  }
}

/** Between once and twice the timeout, so that voters seldom stand at the same time (Raft 5.2). */
function delayMs(wait: "none" | "short" | "full", timeoutMs: number, chance: () => number): number {
  if (wait === "none") return 0;
  if (wait === "short") return chance() % SHORT_MS;
  return timeoutMs + (chance() % (timeoutMs + 1));
}
