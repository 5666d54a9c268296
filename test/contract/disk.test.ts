// Runs the contract of Disk against node:fs, memory and the simulator, and what only one of them has.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import { Prng } from "../../src/base/prng.ts";
import type { DiskRequest } from "../../src/runtime/ports.ts";
import { calmDisk, SimDisk } from "../../src/sim/disk.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import type { RealDiskOptions } from "../../src/storage/real-disk/disk.ts";
import { realDisk } from "../../src/storage/real-disk/disk.ts";
import { memoryDisk } from "../../src/storage/memory-disk.ts";
import { DiskByHand } from "../support/disk-by-hand.ts";
import type { DiskUnderTest } from "./disk.contract.ts";
import { diskContract } from "./disk.contract.ts";
import { realProgress, simProgress } from "./support.ts";

function real(options: RealDiskOptions = {}): DiskUnderTest {
  const root = mkdtempSync(`${tmpdir()}/gofka-disk-`);
  const disk = realDisk(options);
  const clean = (): void => {
    disk.close();
    rmSync(root, { recursive: true });
  };
  return { disk, progress: realProgress, root, clean };
}

function inMemory(): DiskUnderTest {
  const disk = memoryDisk();
  new DiskByHand(disk).makeDirectory("/data");
  return { disk, progress: realProgress, root: "/data" };
}

function simulated(seed: number): DiskUnderTest & { scheduler: Scheduler; sim: SimDisk } {
  const scheduler = new Scheduler(seed);
  const sim = new SimDisk(scheduler.stream("disk"));
  const disk = sim.port((delayMs, run) => scheduler.after(delayMs, "disk", run));
  const progress = simProgress(scheduler);
  let made = false;
  disk.submit({ operation: "makeDirectory", args: { path: "/data" } }, () => (made = true));
  assert.ok(scheduler.runUntil(() => made, 1_000));
  return { disk, progress, root: "/data", scheduler, sim };
}

diskContract("real", () => real());
diskContract("real, one open file at a time", () => real({ openFilesMax: 1 }));
diskContract("real, no write on the spot", () => real({ onTheSpotBytesMax: -1 }));
diskContract("real, neither", () => real({ openFilesMax: 1, onTheSpotBytesMax: -1 }));
diskContract("memory", inMemory);
for (const seed of [1, 2, 3]) diskContract(`simulated, seed ${seed}`, () => simulated(seed));

const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

describe("memory disk", () => {
  it("tells of a full disk by a short count, then by a fault", () => {
    const hands = new DiskByHand(memoryDisk(100));
    hands.do("create", { path: "f" });
    hands.do("write", { path: "f", position: 0, chunks: [bytes(60, 1)] });
    const chunks = [bytes(30, 2), bytes(30, 3)];
    const short = hands.do("write", { path: "f", position: 60, chunks });
    assert.equal(short.bytesWritten, 40);
    const full = hands.try("write", { path: "f", position: 100, chunks });
    assert.equal(full.ok ? "none" : full.fault, "ENOSPC");
    // What is there may be written over.
    assert.equal(hands.do("write", { path: "f", position: 0, chunks }).bytesWritten, 60);
    hands.do("truncate", { path: "f", size: 10 });
    assert.equal(hands.do("write", { path: "f", position: 10, chunks }).bytesWritten, 60);
  });
});

describe("real disk", () => {
  it("keeps no more descriptors than it may, and none after close", () => {
    const root = mkdtempSync(`${tmpdir()}/gofka-disk-`);
    const open = (): number => readdirSync("/proc/self/fd").length;
    const before = open();
    const disk = realDisk({ openFilesMax: 8 });
    const hands = new DiskByHand(disk);
    for (let index = 0; index < 50; index++) {
      hands.do("create", { path: `${root}/${index}` });
      hands.do("write", { path: `${root}/${index}`, position: 0, chunks: [bytes(5, index)] });
    }
    for (let index = 0; index < 50; index++) {
      assert.deepEqual(hands.read(`${root}/${index}`), bytes(5, index));
    }
    assert.ok(open() - before <= 8, `${open() - before} descriptors`);
    disk.close();
    assert.equal(open(), before);
    rmSync(root, { recursive: true });
  });
});

/** A simulated disk whose operations happen when the test says so, and at once. */
function byHand(seed: number): { sim: SimDisk; hands: DiskByHand; restart: () => DiskByHand } {
  const sim = new SimDisk(new Prng(seed, "disk"), { ...calmDisk, stallsPerMille: 0 });
  const restart = (): DiskByHand => {
    const waiting: (() => void)[] = [];
    const port = sim.port((_, run) => waiting.push(run));
    return new DiskByHand({
      submit(request: DiskRequest, done: (outcome: Outcome<unknown>) => void) {
        let answer: Outcome<unknown> | undefined;
        port.submit(request, (outcome) => (answer = outcome));
        for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) run();
        void done;
        return answer;
      },
    });
  };
  return { sim, hands: restart(), restart };
}

describe("simulated disk", () => {
  const seeds = Array.from({ length: 500 }, (_, index) => index);

  it("keeps what was synced over a power cut, content and name", () => {
    for (const seed of seeds) {
      const { sim, hands, restart } = byHand(seed);
      hands.makeDirectory("/d");
      hands.do("syncDirectory", { path: "/" });
      hands.write("/d/f", bytes(3_000, 7));
      hands.do("datasync", { path: "/d/f" });
      hands.do("syncDirectory", { path: "/d" });
      hands.do("write", { path: "/d/f", position: 3_000, chunks: [bytes(2_000, 8)] });
      sim.powerCut();
      const content = restart().read("/d/f");
      assert.deepEqual(content.subarray(0, 3_000), bytes(3_000, 7), `seed ${seed}`);
      assert.ok(content.length <= 5_000);
    }
  });

  it("loses, keeps, tears and lengthens what was not", () => {
    const seen = new Set<string>();
    for (const seed of seeds) {
      const { sim, hands, restart } = byHand(seed);
      hands.do("create", { path: "/f" });
      hands.do("syncDirectory", { path: "/" });
      for (const at of [0, 1, 2]) {
        const write = { path: "/f", position: at * 1_000, chunks: [bytes(1_000, at + 1)] };
        hands.do("write", write);
      }
      sim.powerCut();
      const content = restart().read("/f");
      const parts = [0, 1, 2].map((at) => {
        const part = content.subarray(at * 1_000, (at + 1) * 1_000);
        const kept = part.filter((byte) => byte === at + 1).length;
        if (part.length === 0) return "gone";
        return kept === 1_000 ? "whole" : kept === 0 ? "zeros" : "torn";
      });
      seen.add(parts.join(" "));
    }
    for (const situation of [
      "gone gone gone",
      "whole gone gone",
      "whole whole whole",
      "zeros whole whole",
      "whole torn gone",
      "zeros zeros zeros",
    ]) {
      assert.ok(seen.has(situation), `never ${situation}`);
    }
  });

  it("loses names apart from contents", () => {
    const seen = new Set<string>();
    for (const seed of seeds) {
      const { sim, hands, restart } = byHand(seed);
      hands.writeText("/old", "old");
      hands.do("datasync", { path: "/old" });
      hands.do("syncDirectory", { path: "/" });
      hands.writeText("/new", "new");
      hands.do("rename", { from: "/new", to: "/old" });
      hands.writeText("/gone", "");
      hands.do("unlink", { path: "/gone" });
      sim.powerCut();
      const after = restart();
      seen.add(after.list("/").join(" ") + ":" + (after.readText("/old") ?? "none").slice(0, 3));
    }
    for (const situation of ["old:old", "old:new", "old:", "new old:old", "gone old:old"]) {
      assert.ok(seen.has(situation), `never ${situation} in ${[...seen].join("; ")}`);
    }
  });

  it("fails a sync once, and then lies", () => {
    const seen = new Set<string>();
    for (const seed of seeds.slice(0, 60)) {
      const { sim, hands, restart } = byHand(seed);
      hands.do("create", { path: "/f" });
      hands.do("syncDirectory", { path: "/" });
      hands.do("write", { path: "/f", position: 0, chunks: [bytes(10, 1)] });
      sim.failNext(({ operation }) => operation === "datasync", "EIO");
      const failed = hands.try("datasync", { path: "/f" });
      assert.equal(failed.ok ? "none" : failed.fault, "EIO");
      assert.ok(hands.try("datasync", { path: "/f" }).ok);
      const before = hands.read("/f").length;
      sim.powerCut();
      const after = restart().read("/f").length;
      seen.add(`${before} ${after}`);
    }
    assert.deepEqual([...seen].sort(), ["0 0", "10 0"]);
  });

  it("fills up, with a short count first", () => {
    const { sim, hands } = byHand(1);
    sim.quotaBytes = 100;
    hands.do("create", { path: "/f" });
    const chunks = [bytes(60, 1), bytes(60, 2)];
    assert.equal(hands.do("write", { path: "/f", position: 0, chunks }).bytesWritten, 100);
    const full = hands.try("write", { path: "/f", position: 100, chunks });
    assert.equal(full.ok ? "none" : full.fault, "ENOSPC");
    sim.quotaBytes = null;
    assert.equal(hands.do("write", { path: "/f", position: 100, chunks }).bytesWritten, 120);
  });

  it("flips one bit of what is on disk", () => {
    const { sim, hands } = byHand(1);
    hands.write("/f", bytes(100, 0));
    assert.equal(sim.flipBit("/f"), false);
    hands.do("datasync", { path: "/f" });
    assert.equal(sim.flipBit("/f"), true);
    const bits = [...hands.read("/f")].map((byte) => byte.toString(2).replaceAll("0", "").length);
    assert.equal(
      bits.reduce((sum, count) => sum + count),
      1,
    );
  });

  it("does not answer a life that has ended, nor tell whether its last operations happened", () => {
    const seen = new Set<number>();
    for (const seed of seeds.slice(0, 40)) {
      const scheduler = new Scheduler(seed);
      const sim = new SimDisk(scheduler.stream("disk"));
      const disk = sim.port((delayMs, run) => scheduler.after(delayMs, "disk", run));
      for (const path of ["/a", "/b", "/c"]) {
        disk.submit({ operation: "create", args: { path } }, () => assert.fail("it had ended"));
      }
      sim.kill();
      scheduler.runFor(1_000);
      seen.add(sim.paths().length);
    }
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, 1, 2, 3],
    );
  });
});
