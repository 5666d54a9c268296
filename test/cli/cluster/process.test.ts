// `gofka cluster` as people type it: nodes that outlive the command, found again by the next one.

import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { NODES_MAX } from "../../../src/cli/cluster/plan.ts";
import { findProcess } from "../../../src/cli/cluster/node-process.ts";
import { runGofka } from "../../support/node-process.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/** Several nodes start on a machine that is busy with other tests. */
const WITHIN_MS = 180_000;

type Said = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs commands on a cluster of its own, of which nothing outlives the test. */
function clusterOf(t: TestContext) {
  const place = { folder: "" };
  // Registered before the directory is, and so run before that is removed: it says who is there.
  t.after(() => {
    for (let nodeId = 1; nodeId <= NODES_MAX; nodeId++) {
      const { pid } = findProcess(place.folder, nodeId);
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    }
  });
  const folder = join(scratchDirectory(t), "cluster");
  place.folder = folder;
  const run = async (line: string): Promise<Said> => {
    const program = runGofka(t, ["cluster", ...line.split(" "), "--dir", folder]);
    const { code } = await program.ended(WITHIN_MS);
    return { code, stdout: program.stdout, stderr: program.stderr };
  };
  return { folder, run };
}

describe("gofka cluster", () => {
  it("starts, pauses, kills and stops nodes, and shows how they are", async (t) => {
    const { folder, run } = clusterOf(t);
    const none = await run("status");
    assert.equal(none.code, 1);
    assert.match(
      none.stderr,
      /^gofka: there is no cluster in .*; gofka cluster start makes one\n$/,
    );

    const started = await run("start --port 0");
    assert.equal(started.code, 0, started.stderr);
    assert.match(started.stdout, /^node 1 ready at .*\nnode 2 .*\nnode 3 .*\nbootstrap servers: /);
    const again = await run("start");
    assert.deepEqual(again, {
      code: 1,
      stdout: "",
      stderr: "gofka: the cluster runs already; see gofka cluster status\n",
    });

    const well = await run("status");
    assert.equal(well.code, 0, well.stdout);
    assert.match(well.stdout, /^node [123] leads in term \d+ since \d{4}-.*Z; /m);
    assert.match(well.stdout, /^[123] +running +\d+ +127\.0\.0\.1:\d+ +leads +alive$/m);

    assert.deepEqual(await run("pause 2"), { code: 0, stdout: "node 2 paused\n", stderr: "" });
    const twice = await run("pause 2");
    assert.equal(twice.stderr, "gofka: node 2 is paused already\n");
    const ill = await run("status");
    assert.equal(ill.code, 3);
    assert.match(ill.stdout, /^2 +paused +\d+ /m);
    assert.equal((await run("resume 2")).stdout, "node 2 running\n");

    assert.equal((await run("kill 3")).stdout, "node 3 killed\n");
    const dead = await run("kill 3");
    assert.deepEqual(dead, { code: 1, stdout: "", stderr: "gofka: node 3 does not run\n" });
    const nobody = await run("stop 4");
    assert.equal(
      nobody.stderr,
      `gofka: there is no node 4: the cluster in ${folder} has nodes 1 to 3\n`,
    );
    const back = await run("start 3");
    assert.match(back.stdout, /^node 3 ready at /, back.stderr);

    assert.equal((await run("stop")).stdout, "node 1 stopped\nnode 2 stopped\nnode 3 stopped\n");
    assert.match((await run("stop")).stderr, /^gofka: no node runs\n$/);
  });

  it("does not take another process for a node of its own", async (t) => {
    const { folder, run } = clusterOf(t);
    await run("start --nodes 1 --port 0");
    await run("kill 1");
    // As if the number of the killed process had come to somebody else: here, to this test.
    const lock = join(folder, "node-1", ".lock");
    const text = JSON.stringify({ ...JSON.parse(readFileSync(lock, "utf8")), pid: process.pid });
    writeFileSync(lock, text);
    assert.deepEqual(findProcess(folder, 1), { state: "stopped", pid: undefined });
    assert.equal((await run("kill 1")).stderr, "gofka: node 1 does not run\n");
    assert.equal((await run("start")).code, 0);
  });

  it("leaves nothing behind when a port is taken", async (t) => {
    const { run } = clusterOf(t);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    if (address.port > 65_000) return t.skip("the system gave a port too high");
    const refused = await run(`start --nodes 1 --port ${address.port}`);
    assert.equal(
      refused.stderr,
      `gofka: node 1 did not start: cannot listen on 127.0.0.1:${address.port}: it is in use\n`,
    );
    assert.equal(refused.code, 1);
    const other = await run("start --nodes 1 --port 0");
    assert.equal(other.code, 0, other.stderr);
  });
});
