import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { RaftState } from "../../../src/actors/raft-node/core/state.ts";
import { FollowerTimes } from "../../../src/actors/raft-node/follower-times.ts";
import { QuorumHealth } from "../../../src/actors/raft-node/quorum-health.ts";

const TIMEOUT_MS = 1000;

/** Node 1 leads 2 and 3, who both have all of its ten entries. */
function leader(durable = 10): RaftState {
  const voters = [1, 2, 3].map((nodeId) => ({ nodeId, directoryId: null, endpoints: [] }));
  const progress = new Map(
    [2, 3].map((nodeId) => [nodeId, { durable: nodeId === 2 ? 10 : durable }]),
  );
  return {
    nodeId: 1,
    leaderId: 1,
    term: 4,
    highWatermark: 10,
    log: { end: 10 },
    role: { name: "leader", progress },
    voterHistory: { latest: { offset: -1, voters } },
  } as unknown as RaftState;
}

function told(): { health: QuorumHealth; lines: unknown[][] } {
  const lines: unknown[][] = [];
  const out = { log: (...line: unknown[]) => void lines.push(line) };
  return { health: new QuorumHealth(out as never, TIMEOUT_MS), lines };
}

function hear(times: FollowerTimes, raft: RaftState, from: number, end: number, nowMs: number) {
  const message = {
    kind: "appendReply",
    term: 4,
    round: 1,
    accepted: true,
    end,
    epoch: 4,
  } as const;
  times.note({ event: "received", from, directoryId: null, message }, raft, nowMs);
}

const SINCE_MS = Date.UTC(2030, 0, 1);

describe("the health of a quorum", () => {
  it("is told when it changes, and only then", () => {
    const { health, lines } = told();
    const times = new FollowerTimes();
    const raft = leader();
    assert.equal(health.leaderSinceMs, -1);
    health.look(raft, times, SINCE_MS);
    assert.equal(health.leaderSinceMs, SINCE_MS);
    for (let second = 1; second <= 10; second++) {
      const nowMs = SINCE_MS + 1000 * second;
      hear(times, raft, 2, 10, nowMs);
      if (second <= 5) hear(times, raft, 3, 10, nowMs);
      health.look(raft, times, nowMs);
      health.look(raft, times, nowMs + 10);
    }
    assert.equal(health.leaderSinceMs, SINCE_MS);
    const common = { leaderId: 1, term: 4, since: "2030-01-01T00:00:00.000Z", committed: 10 };
    assert.deepEqual(lines, [
      ["info", "quorum is whole", { ...common, lag: { 2: 0, 3: 0 }, behind: [], silent: [] }],
      [
        "warn",
        "quorum is not whole",
        { ...common, lag: { 2: 0, 3: null }, behind: [], silent: [3] },
      ],
    ]);
  });

  it("names who is heard of and does not keep up", () => {
    const { health, lines } = told();
    const times = new FollowerTimes();
    const raft = leader(4);
    for (let second = 0; second <= 4; second++) {
      const nowMs = SINCE_MS + 1000 * second;
      hear(times, raft, 2, 10, nowMs);
      hear(times, raft, 3, 4, nowMs);
      health.look(raft, times, nowMs);
    }
    assert.equal(lines.length, 1);
    assert.deepEqual(lines[0]!.slice(0, 2), ["warn", "quorum is not whole"]);
    const { lag, behind, silent } = lines[0]![2] as Record<string, unknown>;
    assert.deepEqual({ lag, behind, silent }, { lag: { 2: 0, 3: 6 }, behind: [3], silent: [] });
  });

  it("begins anew with another leader, of whom a follower tells nothing but the time", () => {
    const { health, lines } = told();
    const times = new FollowerTimes();
    health.look(leader(), times, SINCE_MS);
    const other = { ...leader(), leaderId: 2, term: 5, role: { name: "follower" } };
    for (const laterMs of [5000, 10_000, 15_000]) {
      health.look(other as unknown as RaftState, times, SINCE_MS + laterMs);
    }
    assert.equal(health.leaderSinceMs, SINCE_MS + 5000);
    assert.deepEqual(lines, []);
    const nobody = { ...other, leaderId: null };
    health.look(nobody as unknown as RaftState, times, SINCE_MS + 16_000);
    assert.equal(health.leaderSinceMs, -1);
  });
});
