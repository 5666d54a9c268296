// When each follower was last heard of, and last had all there was (`LeaderState.ReplicaState`): what
// DescribeQuorum tells. Decides nothing.
//
// Lives on: the metadata host (part of the raft node).

import type { RaftEvent, RaftState } from "./core/state.ts";

type Times = {
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
  /** Where the leader's log ended then. */
  readonly leaderEnd: number;
};

export const neverHeard = { lastFetchMs: -1, lastCaughtUpMs: -1 };

export class FollowerTimes {
  readonly #times = new Map<number, Times>();

  /** A new leader has heard of nobody. */
  clear(): void {
    this.#times.clear();
  }

  of(nodeId: number): { readonly lastFetchMs: number; readonly lastCaughtUpMs: number } {
    return this.#times.get(nodeId) ?? neverHeard;
  }

  note(
    { from, message }: Extract<RaftEvent, { event: "received" }>,
    raft: RaftState,
    nowMs: number,
  ) {
    if (raft.role.name !== "leader" || message.term !== raft.term) return;
    const isReply = message.kind === "appendReply" || message.kind === "snapshotReply";
    if (!isReply) return;
    const before = this.#times.get(from);
    const end = message.kind === "appendReply" && message.accepted ? message.end : -1;
    const leaderEnd = raft.log.end;
    // Whoever has all that there was at its last word had it then.
    const lastCaughtUpMs =
      end >= leaderEnd
        ? nowMs
        : before !== undefined && end >= before.leaderEnd
          ? Math.max(before.lastCaughtUpMs, before.lastFetchMs)
          : (before?.lastCaughtUpMs ?? -1);
    this.#times.set(from, { lastFetchMs: nowMs, lastCaughtUpMs, leaderEnd });
  }
}
