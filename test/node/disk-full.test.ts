// A node whose disk is full: a small file system in memory, filled through the front door.

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { buildBatch } from "../../src/protocol/record-batch.ts";
import { TestClient, until } from "../support/kafka-client.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const DISK_BYTES = 16 * 1024 * 1024;
const RECORD_BYTES = 100_000;

/** A file system of its own, or nothing where that is not permitted. */
function smallDisk(t: TestContext): string | undefined {
  const mount = join(scratchDirectory(t), "mount");
  mkdirSync(mount);
  const options = `size=${DISK_BYTES}`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", options, "gofka-test", mount]);
  if (mounted.status === 0) return mount;
  t.skip("mounting a file system is not permitted here");
  return undefined;
}

/** Runs it and takes the file system away whatever comes of it. */
async function onSmallDisk(t: TestContext, run: (mount: string) => Promise<void>): Promise<void> {
  const mount = smallDisk(t);
  if (mount === undefined) return;
  try {
    await run(mount);
  } finally {
    // What still runs on it may finish, and can do no harm.
    spawnSync("umount", ["--lazy", mount]);
  }
}

function resize(mount: string, bytes: number): void {
  const { status, stderr } = spawnSync("mount", ["-o", `remount,size=${bytes}`, mount]);
  assert.equal(status, 0, String(stderr));
}

/** Leaves not one page, whatever the records left. */
function fillUp(mount: string): void {
  const page = Buffer.alloc(statfsSync(mount).bsize);
  const filler = openSync(join(mount, "filler"), "w");
  try {
    assert.throws(() => {
      for (;;) writeSync(filler, page);
    }, /ENOSPC/);
  } finally {
    closeSync(filler);
  }
}

function recordOf(n: number): Uint8Array {
  const value = Buffer.alloc(RECORD_BYTES, `record ${n} `);
  return buildBatch([{ value, timestampMs: Date.now() }]);
}

/** Fills the topic until a record is refused; which were taken, and the name of the error. */
async function fill(client: TestClient, topic: string, from = 0) {
  const acked: number[] = [];
  for (let n = from; ; n++) {
    const error = await client.produceRaw(topic, 0, recordOf(n));
    if (error !== "NONE") return { acked, error };
    acked.push(n);
    assert.ok(n - from < (2 * DISK_BYTES) / RECORD_BYTES, "the disk does not get full");
  }
}

async function numbers(client: TestClient, topic: string): Promise<number[]> {
  const values = await client.values(topic);
  for (const value of values) assert.equal(value.length, RECORD_BYTES);
  return values.map((value) => Number(/^record (\d+) /.exec(value)?.[1]));
}

const segments = {
  "segment.bytes": String(1024 * 1024),
  "file.delete.delay.ms": "0",
  "retention.ms": "-1",
};
const start = (mount: string): string[] => ["start", "--port", "0", "--data-dir", `${mount}/data`];

describe("a node with a full disk", () => {
  it("refuses writes alone, and takes them again after DeleteRecords", async (t) => {
    await onSmallDisk(t, async (mount) => {
      const node = runGofka(t, [...start(mount), "--hosts", "2"]);
      using client = new TestClient(await node.ready());
      await client.createTopic("full", 1, segments);
      await client.createTopic("other", 3);
      await client.produce("other", 2, ["before"]);

      const { acked, error } = await fill(client, "full");
      assert.equal(error, "KAFKA_STORAGE_ERROR");
      assert.deepEqual(await numbers(client, "full"), acked);
      assert.deepEqual(await client.values("other", 2), ["before"]);

      const half = Math.floor(acked.length / 2);
      assert.equal(await client.deleteRecords("full", 0, half), half);
      await until("there is room again", async () => {
        const next = await client.produceRaw("full", 0, recordOf(acked.length));
        return next === "NONE";
      });
      acked.push(acked.length);
      assert.deepEqual(await numbers(client, "full"), acked.slice(half));
      assert.deepEqual(await client.produce("other", 2, ["after"]), [1]);

      node.signal("SIGTERM");
      assert.equal((await node.ended()).code, 0);
      const next = runGofka(t, start(mount));
      using later = new TestClient(await next.ready());
      assert.deepEqual(await numbers(later, "full"), acked.slice(half));
      assert.deepEqual(await later.values("other", 2), ["before", "after"]);
      next.signal("SIGTERM");
      assert.equal((await next.ended()).code, 0);
    });
  });

  it("takes writes again when retention has made room", async (t) => {
    await onSmallDisk(t, async (mount) => {
      const often = ["--set", "log.retention.check.interval.ms=200"];
      const node = runGofka(t, [...start(mount), ...often]);
      using client = new TestClient(await node.ready());
      await client.createTopic("full", 1, { ...segments, "retention.ms": "5000" });
      const { acked, error } = await fill(client, "full");
      assert.equal(error, "KAFKA_STORAGE_ERROR");
      await until("there is room again", async () => {
        const next = await client.produceRaw("full", 0, recordOf(acked.length));
        return next === "NONE";
      });
      acked.push(acked.length);
      const kept = await numbers(client, "full");
      assert.deepEqual(kept, acked.slice(-kept.length));
    });
  });

  it("goes on when others make room, and loses nothing when it is killed meanwhile", async (t) => {
    await onSmallDisk(t, async (mount) => {
      const ballast = join(mount, "ballast");
      writeFileSync(ballast, Buffer.alloc(DISK_BYTES / 2));
      const node = runGofka(t, start(mount));
      const address = await node.ready();
      using client = new TestClient(address);
      await client.createTopic("full", 1, segments);
      const first = await fill(client, "full");
      // The metadata log has no room either: a topic is refused, or comes with the room.
      const created = client.createTopic("late").catch(() => undefined);
      node.signal("SIGKILL");
      await node.ended();
      await created;

      // Nor is there room to start with: what it says of that is for its log or for one clear line.
      const second = runGofka(t, start(mount));
      await second.heard(/no room|ENOSPC|no space|ready at/i);
      rmSync(ballast);
      const third = second.hasEnded ? runGofka(t, start(mount)) : second;
      using later = new TestClient(await third.ready());
      assert.deepEqual(await numbers(later, "full"), first.acked);
      const more = await fill(later, "full", first.acked.length);
      assert.ok(more.acked.length > 10);
      assert.equal(more.error, "KAFKA_STORAGE_ERROR");
      assert.deepEqual(await numbers(later, "full"), [...first.acked, ...more.acked]);

      // It stops in good time on a full disk too. Where not one page is left the next one ends with a
      // line that says so, and the one after it, with room again, finds all there is.
      third.signal("SIGTERM");
      assert.equal((await third.ended(30_000)).code, 0);
      fillUp(mount);
      const fourth = runGofka(t, start(mount));
      await fourth.heard(/cannot write to the data directory .*ENOSPC/);
      assert.notEqual((await fourth.ended()).code, 0);
      resize(mount, 2 * DISK_BYTES);
      const fifth = runGofka(t, start(mount));
      using last = new TestClient(await fifth.ready());
      assert.deepEqual(await numbers(last, "full"), [...first.acked, ...more.acked]);
    });
  });
});
