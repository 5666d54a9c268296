// How the quorum is, for whoever reads the log: since when there is this leader, and, told by the leader
// alone, which of the others keep up, which are behind and which are silent. A line each time that
// changes, and none while it stays as it is. Decides nothing.
//
// Lives on: the metadata host (part of the raft node).

import type { Outbox } from "../../runtime/actor.ts";
import type { RaftState } from "./core/state.ts";
import { votersOf } from "./core/state.ts";
import type { RaftNodeSelf } from "./events.ts";
import type { FollowerTimes } from "./follower-times.ts";

const LOOK_EVERY_MS = 1000;
/** Election timeouts after which a follower that has not caught up is behind. */
const TIMEOUTS_BEHIND = 2;

export class QuorumHealth {
  readonly #out: Pick<Outbox<RaftNodeSelf>, "log">;
  readonly #behindAfterMs: number;
  #leaderId: number | null = null;
  #term = -1;
  #sinceMs = -1;
  #lookedMs = 0;
  #told = "";

  constructor(out: Pick<Outbox<RaftNodeSelf>, "log">, electionTimeoutMs: number) {
    this.#out = out;
    this.#behindAfterMs = TIMEOUTS_BEHIND * electionTimeoutMs;
  }

  /** Since when this node knows of the leader there is; -1: there is none. */
  get leaderSinceMs(): number {
    return this.#leaderId === null ? -1 : this.#sinceMs;
  }

  look(raft: RaftState, times: FollowerTimes, nowMs: number): void {
    if (raft.leaderId !== this.#leaderId || raft.term !== this.#term) {
      this.#leaderId = raft.leaderId;
      this.#term = raft.term;
      this.#sinceMs = nowMs;
      this.#lookedMs = nowMs;
      this.#told = "";
      return;
    }
    // A clock may be set back: then the next look comes a little early.
    if (Math.abs(nowMs - this.#lookedMs) < LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    if (raft.role.name === "leader" && votersOf(raft).length > 1) this.#tell(raft, times, nowMs);
  }

  #tell(raft: RaftState, times: FollowerTimes, nowMs: number): void {
    const { progress } = raft.role as Extract<RaftState["role"], { name: "leader" }>;
    const lag: Record<number, number | null> = {};
    const behind: number[] = [];
    const silent: number[] = [];
    for (const { nodeId } of votersOf(raft)) {
      if (nodeId === raft.nodeId) continue;
      const { lastFetchMs, lastCaughtUpMs } = times.of(nodeId);
      const heard = progress.get(nodeId);
      const isSilent = nowMs - lastFetchMs > this.#behindAfterMs;
      if (isSilent) silent.push(nodeId);
      else if (nowMs - lastCaughtUpMs > this.#behindAfterMs) behind.push(nodeId);
      lag[nodeId] = isSilent || heard === undefined ? null : raft.log.end - heard.durable;
    }
    const told = `${behind.join()} ${silent.join()}`;
    if (told === this.#told) return;
    this.#told = told;
    const isWell = behind.length + silent.length === 0;
    this.#out.log(isWell ? "info" : "warn", isWell ? "quorum is whole" : "quorum is not whole", {
      leaderId: raft.leaderId,
      term: raft.term,
      since: new Date(this.#sinceMs).toISOString(),
      committed: raft.highWatermark,
      lag,
      behind,
      silent,
    });
  }
}
