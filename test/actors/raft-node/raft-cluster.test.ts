// Whole Raft nodes that speak to one another: election, replication, and what happens to both when nodes
// die, disks forget and wires are cut.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diskOf, RaftCluster, TIMEOUT_MS } from "./raft-cluster.ts";

const seeds = [1, 2, 3, 4, 5];

describe("a quorum of raft nodes", () => {
  test("elects one and has every entry on every node", () => {
    for (const seed of seeds) {
      const cluster = new RaftCluster(seed, 3).startAll();
      const texts = Array.from({ length: 20 }, (_, at) => `entry ${at}`);
      for (const text of texts) cluster.commit(text);
      cluster.allHave(texts);
      assert.equal(cluster.nodes.filter(({ told }) => told.term !== undefined).length, 1);
    }
  });

  test("goes on when its leader dies, and takes it back with all it missed", () => {
    for (const seed of seeds) {
      const cluster = new RaftCluster(seed, 3).startAll();
      cluster.commit("before");
      const dead = cluster.leader();
      const { term } = dead.told;
      dead.powerCut();
      const diedAt = cluster.scheduler.nowMs();
      cluster.commit("after");
      // The broken stream tells: nobody waits for an election timeout.
      const tookMs = cluster.scheduler.nowMs() - diedAt;
      assert.ok(tookMs < TIMEOUT_MS, `${tookMs} ms`);
      assert.ok(cluster.leader().told.term! > term!);
      dead.start();
      cluster.allHave(["before", "after"]);
    }
  });

  test("nothing is answered by a leader that is cut off, and what it alone had is undone", () => {
    for (const seed of seeds) {
      const cluster = new RaftCluster(seed, 3).startAll();
      cluster.commit("before");
      const old = cluster.leader();
      const others = cluster.nodes.filter((node) => node !== old);
      for (const other of others) {
        cluster.network.cut(old.machine, other.machine);
        cluster.network.cut(other.machine, old.machine);
      }
      const lost = old.propose("lost");
      const read = old.ask("confirm", { term: old.told.term! });
      cluster.until("another leads", () => others.some(({ told }) => told.term !== undefined));
      assert.ok(lost.outcome === undefined || !lost.outcome.ok || !lost.outcome.value.ok);
      cluster.commit("kept");
      cluster.until("it is told", () => read.outcome !== undefined);
      assert.ok(read.outcome?.ok === true && !read.outcome.value.ok, "no stale read");
      cluster.network.mendAll();
      cluster.allHave(["before", "kept"]);
    }
  });

  test("confirms that it leads by asking the others", () => {
    const cluster = new RaftCluster(7, 3).startAll();
    cluster.commit("entry");
    const leader = cluster.leader();
    const read = leader.ask("confirm", { term: leader.told.term! });
    cluster.until("confirmed", () => read.outcome !== undefined);
    assert.ok(read.outcome?.ok === true && read.outcome.value.ok);
    assert.ok(read.outcome.value.value.end >= 2);
  });

  test("power cuts of all at once lose nothing that was committed", () => {
    for (const seed of seeds) {
      const cluster = new RaftCluster(seed, 3).startAll();
      const texts: string[] = [];
      for (let round = 0; round < 5; round++) {
        const text = `round ${round}`;
        cluster.commit(text);
        texts.push(text);
        for (const node of cluster.nodes) node.powerCut();
        cluster.startAll();
      }
      cluster.allHave(texts);
    }
  });

  test("hands over before it closes", () => {
    const cluster = new RaftCluster(3, 3).startAll();
    cluster.commit("entry");
    const old = cluster.leader();
    const closed = old.ask("close", {});
    cluster.until("closed", () => closed.outcome !== undefined);
    const others = cluster.nodes.filter((node) => node !== old);
    cluster.until(
      "another leads",
      () => others.some(({ told }) => told.term !== undefined),
      TIMEOUT_MS / 2,
    );
    old.kill();
    cluster.commit("more");
  });

  test("sends one that was away for long a snapshot, voters and all", () => {
    for (const seed of seeds) {
      const cluster = new RaftCluster(seed, 3).startAll();
      const texts: string[] = [];
      const add = (text: string): void => {
        cluster.commit(text);
        texts.push(text);
      };
      add("first");
      const away = cluster.nodes.find((node) => node !== cluster.leader())!;
      away.powerCut();
      for (let round = 0; round < 12; round++) {
        for (let entry = 0; entry < 5; entry++) add(`${round}/${entry} ${"x".repeat(200)}`);
        cluster.leader().takeSnapshot();
        cluster.run(50);
      }
      away.start();
      cluster.allHave(texts);
      assert.ok(away.told.snapshots > 0, "it came as a snapshot");
      away.powerCut();
      away.start();
      add("last");
      cluster.allHave(texts);
    }
  });

  test("one that comes back without its disk neither votes nor counts, and follows", () => {
    const cluster = new RaftCluster(11, 3).startAll();
    cluster.commit("entry");
    cluster.run(2000);
    const leader = cluster.leader();
    const [lost, other] = cluster.nodes.filter((node) => node !== leader);
    lost!.powerCut();
    lost!.directoryId = diskOf(33);
    lost!.start({ directory: "/data/other" });
    cluster.allHave(["entry"]);
    // Without a second voter nothing is committed, whatever the empty one has.
    other!.kill();
    const proposed = leader.propose("not yet");
    cluster.run(500);
    assert.equal(proposed.outcome, undefined);
    other!.start();
    cluster.commit("now");
  });

  test("an observer that joins is sent everything, votes, and can be voted out", () => {
    const cluster = new RaftCluster(5, 1).startAll();
    cluster.commit("alone");
    const second = cluster.add(2);
    second.start({ joins: true });
    cluster.until("two vote", () => {
      const described = cluster.leader().ask("describeQuorum", {});
      cluster.run(10);
      return described.outcome?.ok === true && described.outcome.value.voters.length === 2;
    });
    cluster.allHave(["alone"]);
    cluster.commit("together");
    const voter = { nodeId: 2, directoryId: diskOf(2), endpoints: [] };
    const removed = cluster.leader().ask("changeVoters", { kind: "remove", voter });
    cluster.until("voted out", () => removed.outcome !== undefined);
    assert.deepEqual(removed.outcome, { ok: true, value: { result: "done" } });
    second.kill();
    cluster.commit("alone again");
  });
});
