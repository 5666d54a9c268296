// What the leader remembers of when a follower was heard of and had everything.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RaftState } from "../../../src/actors/raft-node/core/state.ts";
import { FollowerTimes } from "../../../src/actors/raft-node/follower-times.ts";

function heard(times: FollowerTimes, raft: object, end: number, nowMs: number, term = 3): void {
  const message = { kind: "appendReply", term, round: 1, accepted: true, end, epoch: 1 } as const;
  times.note({ event: "received", from: 2, directoryId: null, message }, raft as RaftState, nowMs);
}

test("a follower has caught up when it has all there was, now or when it was heard of before", () => {
  const times = new FollowerTimes();
  const leader = (end: number) => ({ role: { name: "leader" }, term: 3, log: { end } });
  assert.deepEqual(times.of(2), { lastFetchMs: -1, lastCaughtUpMs: -1 });
  heard(times, leader(10), 7, 100);
  const { lastFetchMs, lastCaughtUpMs } = times.of(2);
  assert.deepEqual({ lastFetchMs, lastCaughtUpMs }, { lastFetchMs: 100, lastCaughtUpMs: -1 });
  heard(times, leader(20), 10, 200);
  assert.equal(times.of(2).lastCaughtUpMs, 100, "it has what there was at its last word");
  heard(times, leader(20), 20, 300);
  assert.equal(times.of(2).lastCaughtUpMs, 300);
  heard(times, leader(30), 20, 400, 2);
  assert.equal(times.of(2).lastFetchMs, 300, "a word of another term says nothing");
  heard(times, { ...leader(30), role: { name: "follower" } }, 30, 500);
  assert.equal(times.of(2).lastFetchMs, 300, "nor does one to a follower");
  times.clear();
  assert.equal(times.of(2).lastFetchMs, -1);
});
