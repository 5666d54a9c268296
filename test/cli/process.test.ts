// The command as a process: what it prints and where, how signals end it, and what the next one finds.

import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { RawConnection } from "../foreign/raw-connection.ts";
import { TestClient, until } from "../support/kafka-client.ts";
import type { Program } from "../support/node-process.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const CLEAN_MARK = ".kafka_cleanshutdown";
/** What a service manager is promised, and what a busy machine may add. */
const STOP_MS = 5_000 + 10_000;

function start(t: TestContext, dataDir: string, ...words: string[]): Program {
  return runGofka(t, ["start", "--port", "0", "--data-dir", dataDir, ...words]);
}

/** The structured log, a line each. */
function logLines({ stderr }: Program): Record<string, unknown>[] {
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function stop(node: Program, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  node.signal(signal);
  assert.deepEqual(await node.ended(STOP_MS), { code: 0, signal: null }, node.stderr);
}

const VALUES = Array.from({ length: 200 }, (_, index) => `value ${index}`);

describe("gofka start", () => {
  it("prints one line to stdout when it is ready, and its log to stderr", async (t) => {
    const node = start(t, scratchDirectory(t));
    const address = await node.ready();
    using client = new TestClient(address);
    await client.createTopic("t");
    const garbage = await RawConnection.open(address);
    garbage.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    assert.equal(await garbage.hear(30_000), "closed");
    await node.heard(/HTTP/);
    await stop(node);
    assert.match(node.stdout, /^Gofka \d+\.\d+\.\d+ ready at 127\.0\.0\.1:\d+\n$/);
    const lines = logLines(node);
    assert.ok(lines.length > 0);
    for (const { level, time, msg } of lines) {
      assert.ok(typeof level === "string" && typeof time === "string" && typeof msg === "string");
    }
  });

  it("serves on when nobody reads what it prints", async (t) => {
    const node = start(t, scratchDirectory(t));
    const address = await node.ready();
    node.child.stdout!.destroy();
    node.child.stderr!.destroy();
    for (let round = 0; round < 3; round++) {
      const garbage = await RawConnection.open(address);
      garbage.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
      assert.equal(await garbage.hear(30_000), "closed");
    }
    using client = new TestClient(address);
    await client.createTopic("t");
    assert.deepEqual(await client.produce("t", 0, ["a"]), [0]);
    await stop(node);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`stops in good order on ${signal}, whatever its clients are doing`, async (t) => {
      const dataDir = scratchDirectory(t);
      const node = start(t, dataDir, "--hosts", "2");
      const address = await node.ready();
      using client = new TestClient(address);
      await client.createTopic("t", 4);
      const idle = await Promise.all([1, 2, 3].map(() => RawConnection.open(address)));
      const halfFrame = await RawConnection.open(address);
      halfFrame.send(new Uint8Array([0, 0, 1, 0, 0]));
      // A consumer whose fetch is parked for much longer than the stop may take.
      const parked = client.waitForRecords("t", 3, 0, 120_000).catch(() => undefined);
      const producing = producer(address, "t");
      await until("some records are in", () => producing.acked.length > 20);
      await stop(node, signal);
      await producing.end();
      await parked;
      for (const connection of [...idle, halfFrame]) {
        await until("the connection is closed", () => connection.closed);
      }
      assert.ok(existsSync(join(dataDir, CLEAN_MARK)));
      assert.ok(!readdirSync(dataDir).some((name) => name.startsWith(".lock")));

      const next = start(t, dataDir);
      using later = new TestClient(await next.ready());
      const started = logLines(next).find(({ msg }) => msg === "data directory");
      assert.equal(started?.["cleanStart"], true);
      const kept = await later.values("t", 0);
      assert.deepEqual(kept.slice(0, producing.acked.length), producing.acked);
      assert.ok(kept.length <= producing.sent);
      await stop(next);
    });
  }

  it("recovers after kill -9 what it had acked", async (t) => {
    const dataDir = scratchDirectory(t);
    const node = start(t, dataDir);
    const address = await node.ready();
    using client = new TestClient(address);
    await client.createTopic("t", 3, { "retention.ms": "7654321" });
    await client.produce("t", 1, VALUES, { compression: "zstd" });
    const producing = producer(address, "t");
    await until("some records are in", () => producing.acked.length > 20);
    node.signal("SIGKILL");
    await node.ended();
    await producing.end();
    assert.ok(!existsSync(join(dataDir, CLEAN_MARK)));

    const next = start(t, dataDir);
    using later = new TestClient(await next.ready());
    const started = logLines(next).find(({ msg }) => msg === "data directory");
    assert.equal(started?.["cleanStart"], false);
    assert.deepEqual(await later.values("t", 1), VALUES);
    const kept = await later.values("t", 0);
    assert.deepEqual(kept.slice(0, producing.acked.length), producing.acked);
    assert.deepEqual(await later.produce("t", 2, ["goes on"]), [0]);
    await stop(next);
  });

  it("takes a configuration of Kafka's", async (t) => {
    const dataDir = scratchDirectory(t);
    const kafkas = readFileSync(join(import.meta.dirname, "kafka-server.properties"), "utf8");
    // The controllers' listener is opened as well, and its port may be somebody's.
    const file = join(scratchDirectory(t), "server.properties");
    writeFileSync(
      file,
      kafkas.replace("listeners=CONTROLLER://:9093", "listeners=CONTROLLER://:0"),
    );
    const node = runGofka(t, ["start", file, "--port", "0", "--data-dir", dataDir]);
    const address = await node.ready();
    const port = Number(address.split(":").at(-1));
    using client = new TestClient(address);
    const { brokers } = await client.metadata();
    // The port is another, and so is what clients are told.
    assert.deepEqual(
      brokers.map((broker) => [broker.nodeId, broker.host, broker.port]),
      [[1, "localhost", port]],
    );
    await client.createTopic("t", -1);
    assert.equal((await client.metadata(["t"])).topics[0]?.partitions.length, 3);
    assert.match(readFileSync(join(dataDir, "meta.properties"), "utf8"), /^node\.id=1$/m);
    await stop(node);
    assert.deepEqual(
      node.stderr.split("\n").filter((line) => line.startsWith("gofka:")),
      [],
    );
  });

  it("runs without threads", async (t) => {
    const node = start(t, scratchDirectory(t), "--hosts", "0");
    using client = new TestClient(await node.ready());
    await client.createTopic("t");
    await client.produce("t", 0, VALUES);
    assert.deepEqual(await client.values("t"), VALUES);
    await stop(node);
  });
});

/** Sends records one after the other to partition 0 until it is told to end, or cannot go on. */
function producer(address: string, topic: string) {
  const client = new TestClient(address);
  const acked: string[] = [];
  let isOver = false;
  const state = { acked, sent: 0, end };
  const loop = (async () => {
    while (!isOver) {
      const value = `record ${state.sent++}`;
      // One attempt: what was not acked at once may be there or not, and ends the row.
      const [delivery] = await client.deliver(topic, 0, [value], {
        attemptsMax: acked.length === 0 ? 10 : 1,
        idempotent: false,
      });
      if (delivery!.kind !== "ok") return;
      acked.push(value);
    }
  })();
  async function end(): Promise<void> {
    isOver = true;
    await loop;
    client.close();
  }
  return state;
}
