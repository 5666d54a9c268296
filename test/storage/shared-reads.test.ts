// Many readers at one place of a log: one of them reads the file for all.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { success } from "../../src/base/outcome.ts";
import type { Disk } from "../../src/runtime/ports.ts";
import { recycle } from "../../src/runtime/routine.ts";
import { Log } from "../../src/storage/log.ts";
import { realDisk } from "../../src/storage/real-disk/disk.ts";
import { Segment } from "../../src/storage/segment.ts";
import { ReadCrowd, SharedReads } from "../../src/storage/shared-reads.ts";
import { LogDesk } from "../support/log-desk.ts";
import { batchOf, optionsOf } from "../support/log-fixtures.ts";
import { driverOver } from "../support/run-routine.ts";
import { scratchDirectory } from "../support/scratch.ts";

const READERS = 10;

function readsOf(asked: readonly string[]): number {
  return asked.filter((each) => each === "read").length;
}

/** Rounds of one append that each of them reads; how often the file was read in the last one. */
function follow(desk: LogDesk, readers: number, rounds: number): number {
  let reads = 0;
  for (let round = 0; round < rounds; round++) {
    const offset = desk.log.logEndOffset;
    desk.append({ fill: 1 + (round % 250) });
    const asked = desk.count(() => {
      for (let n = 0; n < readers; n++) {
        assert.deepEqual(desk.read(offset), batchOf(offset, { fill: 1 + (round % 250) }).bytes);
      }
    });
    reads = readsOf(asked);
  }
  return reads;
}

describe("readers of the same place", () => {
  it("read the file once when they are many, each for itself when they are two", () => {
    assert.equal(follow(new LogDesk(), READERS, 10), 1);
    assert.equal(follow(new LogDesk(), 2, 30), 2);
    assert.equal(follow(new LogDesk(), 1, 30), 1);
  });

  it("are handed bytes that are told to be shared, and one alone its own", () => {
    const desk = new LogDesk();
    follow(desk, READERS, 10);
    const offset = desk.log.logEndOffset - 1;
    assert.equal(desk.log.isShared(desk.read(offset)), true);
    const alone = new LogDesk();
    follow(alone, 1, 10);
    assert.equal(alone.log.isShared(alone.read(0)), false);
  });

  it("see what was written after the end was cut off", () => {
    const desk = new LogDesk();
    follow(desk, READERS, 10);
    const cut = desk.log.logEndOffset - 1;
    desk.driver.run(desk.log.truncateTo(cut, desk.nowMs));
    desk.append({ fill: 77 });
    // Who reads what is before it knows where it begins.
    desk.read(cut - 1, 1);
    assert.deepEqual(desk.read(cut), batchOf(cut, { fill: 77 }).bytes);
  });

  it("see the records of a log that was made anew in the same place", () => {
    const desk = new LogDesk();
    follow(desk, READERS, 10);
    desk.driver.run(desk.log.truncateTo(0, desk.nowMs));
    for (let n = 0; n < READERS; n++) desk.append({ fill: 77 });
    for (let at = 0; at < READERS; at++) {
      assert.deepEqual(desk.read(at, 1), batchOf(at, { fill: 77 }).bytes);
    }
  });
});

describe("buffers of what was read for many", () => {
  /** Rounds of one batch that all read; each reader recycles but those who hold what they have. */
  function follow(
    t: TestContext,
    rounds: number,
    holds: (round: number, reader: number) => boolean,
  ) {
    const disk = realDisk();
    // All else is answered on the spot.
    const submit: Disk["submit"] = (request, done) =>
      request.operation === "syncDirectory" ? success(null) : disk.submit(request, done);
    const driver = driverOver({ ...disk, submit });
    t.after(() => disk.close());
    const log = driver.run(Log.create({ ...optionsOf(), directory: `${scratchDirectory(t)}/t-0` }));
    const held: { readonly bytes: Uint8Array; readonly like: Uint8Array }[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for (let round = 0; round < rounds; round++) {
      const { bytes, info } = batchOf(log.logEndOffset, { valueBytes: 80_000 });
      driver.run(log.append(bytes, info, 0));
      const reads = Array.from({ length: READERS }, () =>
        driver.run(log.read(info.baseOffset, 1e6, log.logEndOffset, true)),
      );
      for (const [reader, read] of reads.entries()) {
        assert.ok(Buffer.from(read).equals(bytes), `round ${round}, reader ${reader}`);
        buffers.add(read.buffer);
        if (holds(round, reader)) held.push({ bytes: read, like: bytes });
        else driver.run(recycle(read));
      }
    }
    return { held, buffers: buffers.size };
  }

  it("are read into again when all have recycled them", (t) => {
    const { buffers } = follow(t, 60, () => false);
    assert.ok(buffers <= 2 * READERS, `${buffers} buffers in 60 rounds`);
  });

  it("stay as they are for as long as one has not", (t) => {
    const { held, buffers } = follow(t, 60, (round, reader) => round % 3 === 0 && reader === 7);
    assert.ok(buffers >= held.length);
    for (const { bytes, like } of held) assert.ok(Buffer.from(bytes).equals(like));
  });
});

describe("what is kept for others", () => {
  it("is bounded over all logs, the least recent goes first", () => {
    const kept = new SharedReads(300);
    const segments = [0, 1, 2].map((base) => new Segment("/t-0", base, 0, 0));
    const { bytes } = batchOf(0);
    const read = new Uint8Array(120);
    read.set(bytes);
    for (const segment of segments) kept.keep(segment, 0, read.slice());
    assert.equal(kept.bytesUsed, 240);
    assert.equal(kept.find(segments[0]!, 0, 120), undefined);
    assert.deepEqual(kept.find(segments[2]!, 0, 120)?.subarray(0, bytes.length), bytes);
    // Larger than all that may be kept.
    kept.keep(segments[1]!, 0, new Uint8Array(301));
    assert.equal(kept.bytesUsed, 0);
  });

  it("is found only where a whole batch begins", () => {
    const kept = new SharedReads();
    const segment = new Segment("/t-0", 0, 0, 0);
    const { bytes } = batchOf(0);
    kept.keep(segment, 1_000, new Uint8Array([...bytes, ...bytes.subarray(0, 30)]));
    assert.deepEqual(kept.find(segment, 1_000, bytes.length), bytes);
    assert.equal(kept.find(segment, 1_000, bytes.length + 30)?.length, bytes.length + 30);
    assert.equal(kept.find(segment, 1_000, bytes.length - 1), undefined);
    assert.equal(kept.find(segment, 1_000 + bytes.length, 30), undefined);
    assert.equal(kept.find(segment, 999, 100), undefined);
  });

  it("is not found where there is more by now", () => {
    const kept = new SharedReads();
    const segment = new Segment("/t-0", 0, 0, 0);
    const { bytes } = batchOf(0);
    kept.keep(segment, 0, bytes.slice());
    assert.equal(kept.find(segment, 0, bytes.length + 1), undefined);
  });

  it("is not worth it for reads of a megabyte and more", () => {
    const crowd = new ReadCrowd();
    for (let n = 0; n < 100; n++) crowd.reads(0, 4_096);
    assert.equal(crowd.reads(0, 1024 * 1024), true);
    assert.equal(crowd.reads(0, 1024 * 1024 + 1), false);
  });
});
