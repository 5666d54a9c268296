// A cluster started by a program: nodes that can be killed, paused and started again, none of which
// outlives the program.

import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findProcess } from "../../src/cli/cluster/node-process.ts";
import { Gofka } from "../../src/index.ts";
import { TestClient, until } from "../support/kafka-client.ts";
import { runProgram } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

describe("a cluster started by a program", () => {
  it("loses the node that leads, gets it back, and is gone at the block's end", async () => {
    let directory: string;
    {
      await using cluster = await Gofka.startCluster({
        config: { "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 300 },
      });
      directory = cluster.directory;
      assert.equal(cluster.nodes.length, 3);
      const [first] = cluster.nodes;
      assert.equal(cluster.bootstrapServers.split(",")[0], first!.bootstrapServers);

      const victim = await cluster.controller();
      await victim.kill();
      assert.equal(victim.state, "stopped");
      assert.equal(victim.pid, undefined);
      const next = await cluster.controller();
      assert.notEqual(next.nodeId, victim.nodeId);
      {
        using client = new TestClient(next.bootstrapServers);
        await client.createTopic("without-the-first", 1);
      }
      await victim.start();
      assert.equal(victim.state, "running");

      next.pause();
      assert.equal(next.state, "paused");
      const third = await cluster.controller();
      assert.notEqual(third.nodeId, next.nodeId);
      next.resume();
      await until("all have everything", async () => {
        const view = await cluster.describe();
        return view !== undefined && view.members.every(({ lag }) => lag === 0);
      });
      using client = new TestClient(next.bootstrapServers);
      await until("the paused one has heard of the topic", async () => {
        const { topics } = await client.metadata(["without-the-first"]);
        return topics[0]?.errorCode === 0;
      });
    }
    assert.equal(existsSync(directory), false);
  });

  it("comes back on the same ports and disks when it has a directory", async (t) => {
    const dataDir = join(scratchDirectory(t), "kept");
    let bootstrapServers: string;
    {
      await using cluster = await Gofka.startCluster({ nodes: 1, dataDir });
      ({ bootstrapServers } = cluster);
      using client = new TestClient(bootstrapServers);
      await client.createTopic("kept", 2);
    }
    await assert.rejects(Gofka.startCluster({ nodes: 2, dataDir }), {
      name: "StartRefused",
      message: `the cluster in ${dataDir} was made with nodes: 1, not 2`,
    });
    await using cluster = await Gofka.startCluster({ nodes: 1, dataDir });
    assert.equal(cluster.bootstrapServers, bootstrapServers);
    using client = new TestClient(bootstrapServers);
    const { topics } = await client.metadata(["kept"]);
    assert.equal(topics[0]!.partitions.length, 2);
  });

  it("says what is wrong with a setting, and leaves nothing behind", async (t) => {
    const dataDir = join(scratchDirectory(t), "refused");
    const config = { "num.partitions": "many" };
    await assert.rejects(Gofka.startCluster({ nodes: 1, dataDir, config }), {
      name: "StartRefused",
      message: /^node 1 did not start: .*num\.partitions/,
    });
    assert.equal(existsSync(join(dataDir, "cluster.json")), false);
    await assert.rejects(Gofka.startCluster({ nodes: 6 }), {
      message: "a local cluster has 1 to 5 nodes, not 6",
    });
  });

  it("ends with a program that is killed, also the node that is paused", async (t) => {
    const dataDir = join(scratchDirectory(t), "orphans");
    const parent = runProgram(t, [join(import.meta.dirname, "parent-program.ts"), dataDir]);
    await parent.heard(/one runs and one is paused/);
    await until("it is paused", () => Promise.resolve(findProcess(dataDir, 2).state === "paused"));
    assert.equal(findProcess(dataDir, 1).state, "running");
    parent.signal("SIGKILL");
    for (const nodeId of [1, 2]) {
      await until(`node ${nodeId} is gone`, () =>
        Promise.resolve(findProcess(dataDir, nodeId).state === "stopped"),
      );
    }
  });
});
