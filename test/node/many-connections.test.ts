// Connections that nobody uses, many of them: the node stays up, answers others, and lets go of what
// they cost when they are gone. And more connections than the process may have descriptors for.

import { strict as assert } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { createConnection } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { addressOf, TestClient, until } from "../support/kafka-client.ts";
import { runGofka, runProgram } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const WANTED = 5_000;
/** What the test and the node need beside the connections. */
const OTHER_DESCRIPTORS = 500;
/** Connections that come at a time, and wait to be accepted: below the backlog. */
const AT_ONCE = 200;

/** Node.js raises its own limit to the hard one, so that is the one that counts. */
function descriptorsMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? "1024");
  } catch {
    return 1_024;
  }
}

class IdleConnections {
  readonly open = new Set<Socket>();
  private readonly address: { host: string; port: number };

  constructor(t: TestContext, bootstrap: string) {
    this.address = addressOf(bootstrap);
    t.after(() => this.endAll());
  }

  async add(count: number): Promise<void> {
    for (let left = count; left > 0; left -= AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => this.addOne()));
    }
  }

  endAll(): void {
    for (const socket of this.open) socket.destroy();
    this.open.clear();
  }

  private addOne(): Promise<void> {
    return new Promise((resolve) => {
      const socket = createConnection(this.address);
      this.open.add(socket);
      socket.on("error", () => {});
      socket.once("connect", () => resolve());
      socket.once("close", () => {
        this.open.delete(socket);
        resolve();
      });
    });
  }
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

describe("a node with many idle connections", { skip: process.platform !== "linux" }, () => {
  it("stays up and answers others", async (t) => {
    const count = Math.min(WANTED, descriptorsMax() - OTHER_DESCRIPTORS);
    const node = runGofka(t, ["start", "--port", "0", "--data-dir", scratchDirectory(t)]);
    const address = await node.ready();
    using client = new TestClient(address);
    await client.createTopic("t", 2);
    const before = descriptorsOf(node.pid);

    const idle = new IdleConnections(t, address);
    await idle.add(count);
    await until("all are accepted", () => descriptorsOf(node.pid) >= before + count);
    assert.equal(idle.open.size, count);
    t.diagnostic(`${count} idle connections, ${residentMiB(node.pid)} MiB resident`);

    using newcomer = new TestClient(address);
    assert.deepEqual(await newcomer.produce("t", 1, ["through the crowd"]), [0]);
    assert.deepEqual(await client.values("t", 1), ["through the crowd"]);
    assert.equal(idle.open.size, count);

    idle.endAll();
    await until("their descriptors are free", () => descriptorsOf(node.pid) <= before + 20);
    node.signal("SIGTERM");
    assert.equal((await node.ended()).code, 0);
  });

  it("outlives more connections than it has descriptors for", async (t) => {
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    const words = [main, "start", "--port", "0", "--data-dir", scratchDirectory(t)];
    // The shell sets the limit that Node.js would raise otherwise.
    const limited = `ulimit -n 160; exec "${process.execPath}" ${words.join(" ")}`;
    const node = runProgram(t, ["-c", limited], { command: "/bin/bash" });
    const address = await node.ready();
    using client = new TestClient(address);
    await client.createTopic("t", 2);
    await client.produce("t", 0, ["before"]);

    const idle = new IdleConnections(t, address);
    await idle.add(300);
    await until("there are no more descriptors", () => descriptorsOf(node.pid) >= 155);
    // Whoever is in stays in, and is served, whatever can be served without a descriptor.
    assert.deepEqual(await client.values("t"), ["before"]);
    assert.ok(!node.hasEnded);

    idle.endAll();
    await until("there are descriptors again", () => descriptorsOf(node.pid) < 120);
    using later = new TestClient(address);
    await later.createTopic("u", 3);
    assert.deepEqual(await later.produce("t", 0, ["after"]), [1]);
    assert.deepEqual(await later.produce("u", 2, ["x"]), [0]);
    assert.deepEqual(await later.values("t"), ["before", "after"]);
    node.signal("SIGTERM");
    assert.equal((await node.ended()).code, 0);
  });
});

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? "0") / 1024);
}
