// What a log does in the cases a random walk seldom meets: full disks, rolls of every kind, retention,
// old and foreign directories, lookups by time, and how much it asks of the disk.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FaultRaised } from "../../src/base/outcome.ts";
import type { Disk } from "../../src/runtime/ports.ts";
import { memoryDisk } from "../../src/storage/memory-disk.ts";
import { batchOf, START_MS } from "../support/log-fixtures.ts";
import { logNames, LogDesk } from "../support/log-desk.ts";

describe("appending", () => {
  it("rolls by size, and leaves indexes and a snapshot behind", () => {
    const desk = new LogDesk({ segmentBytes: 500, indexIntervalBytes: 100 });
    for (let at = 0; at < 12; at++) desk.append();
    const bases = logNames(desk.names());
    assert.ok(bases.length > 1);
    for (const base of bases.slice(0, -1)) {
      const stem = String(base).padStart(20, "0");
      assert.ok(desk.names().includes(`${stem}.index`));
      assert.ok(desk.names().includes(`${stem}.timeindex`));
    }
    assert.ok(desk.names().includes(`${String(bases.at(-1)).padStart(20, "0")}.snapshot`));
  });

  it("rolls when a batch is later than the segment's first by segment.ms", () => {
    const desk = new LogDesk({ segmentMs: 1_000 });
    desk.append({ timestampMs: 5_000 });
    desk.append({ timestampMs: 6_000 });
    assert.equal(desk.log.segmentCount, 1);
    desk.append({ timestampMs: 6_001 });
    assert.deepEqual(logNames(desk.names()), [0, 2]);
    // The first timestamp is read again after a start.
    desk.driver.run(desk.log.close());
    desk.reopen({ cleanStart: true });
    desk.append({ timestampMs: 7_002 });
    assert.deepEqual(logNames(desk.names()), [0, 2, 3]);
  });

  it("rolls by the clock when it is told to, or when records have no time", () => {
    const desk = new LogDesk({ segmentMs: 1_000 });
    desk.append({ timestampMs: -1 });
    desk.nowMs += 1_001;
    desk.append({ timestampMs: -1 });
    assert.equal(desk.log.segmentCount, 2);
    desk.nowMs += 1_001;
    desk.driver.run(desk.log.rollIfDue(desk.nowMs));
    assert.equal(desk.log.segmentCount, 3);
    desk.nowMs += 10_000;
    desk.driver.run(desk.log.rollIfDue(desk.nowMs));
    assert.equal(desk.log.segmentCount, 3, "an empty segment is not rolled");
  });

  it("rolls when an index is full", () => {
    const desk = new LogDesk({ segmentIndexBytes: 48, indexIntervalBytes: 0 });
    for (let at = 0; at < 20; at++) desk.append();
    assert.ok(desk.log.segmentCount > 3, `${desk.log.segmentCount} segments`);
  });

  it("rolls before an offset gets too far from the segment's base", () => {
    const desk = new LogDesk();
    desk.append();
    const far = 0x7fff_ffff;
    const near = batchOf(far, { timestampMs: START_MS });
    desk.driver.run(desk.log.append(near.bytes, near.info, desk.nowMs));
    assert.equal(desk.log.segmentCount, 1);
    desk.append({ timestampMs: START_MS });
    assert.deepEqual(logNames(desk.names()), [0, far + 1]);
    assert.equal(desk.read(far).length, near.bytes.length);
    assert.equal(desk.read(5).length, near.bytes.length, "the next batch after a gap");
  });

  it("takes several batches with one write", () => {
    const desk = new LogDesk({ segmentBytes: 1_000 });
    const batches = Array.from({ length: 20 }, (_, offset) => batchOf(offset));
    const asked = desk.count(() => desk.driver.run(desk.log.appendAll(batches, desk.nowMs)));
    assert.ok(asked.filter((each) => each === "write").length <= 8, asked.join(" "));
    assert.equal(desk.log.logEndOffset, 20);
    assert.deepEqual(desk.read(19), batches[19]!.bytes);
  });

  it("leaves no part of a batch behind when the disk is full, and goes on when it is not", () => {
    let full = false;
    const roomy = memoryDisk();
    const below: Disk = {
      submit(request, done) {
        if (!full || request.operation !== "write") return roomy.submit(request, done);
        const { path, position, chunks } = request.args;
        if (chunks[0]!.length < 60) return { ok: false, fault: "ENOSPC", detail: "full" };
        const part = [chunks[0]!.subarray(0, 60)];
        return roomy.submit({ operation: "write", args: { path, position, chunks: part } }, done);
      },
    };
    const desk = new LogDesk({}, below);
    desk.append();
    const size = desk.log.sizeBytes;
    full = true;
    const batch = batchOf(1);
    assert.equal(desk.fault(desk.log.append(batch.bytes, batch.info, desk.nowMs)), "ENOSPC");
    assert.equal(desk.log.logEndOffset, 1);
    assert.equal(desk.files.read(desk.log.activePath()).length, size);
    assert.equal(desk.read(0).length, size);
    full = false;
    desk.append();
    assert.equal(desk.log.logEndOffset, 2);
    assert.equal(desk.reopen().tornBytes, 0);
  });

  it("says EIO when what was written cannot be cut back", () => {
    const desk = new LogDesk();
    desk.disk.failNext("write", "ENOSPC");
    desk.disk.failNext("truncate", "EIO");
    const batch = batchOf(0);
    assert.equal(desk.fault(desk.log.append(batch.bytes, batch.info, desk.nowMs)), "EIO");
  });

  it("asks one write of the disk", () => {
    const desk = new LogDesk();
    desk.append();
    assert.deepEqual(
      desk.count(() => desk.append()),
      ["write"],
    );
  });
});

describe("reading", () => {
  it("goes on where it stopped with one operation, and reads nothing twice", () => {
    const desk = new LogDesk({ indexIntervalBytes: 200 });
    for (let at = 0; at < 100; at++) desk.append({ valueBytes: 100 });
    let offset = 0;
    let bytes = desk.read(0, 500);
    while (bytes.length > 0) {
      offset += Math.round(bytes.length / 170);
      if (offset >= 99) break;
      const asked = desk.count(() => (bytes = desk.read(offset, 500)));
      assert.deepEqual(asked, ["read"]);
    }
    assert.equal(desk.log.logEndOffset, 100);
  });

  it("reads a batch larger than was asked for whole, or not at all", () => {
    const desk = new LogDesk({ segmentBytes: 10_000_000 });
    desk.append();
    desk.append({ valueBytes: 3_000_000 });
    desk.append();
    assert.ok(desk.read(1, 1).length > 3_000_000);
    const bytes = desk.driver.run(desk.log.read(1, 1_000, 3, false));
    assert.equal(bytes.length, 0);
    assert.equal(desk.read(2, 1).length, desk.read(0, 1).length);
    // Over the large one, when the reader has no hint.
    desk.driver.run(desk.log.close());
    desk.reopen({ cleanStart: true });
    assert.equal(desk.read(2, 1).length, desk.read(0, 1).length);
  });

  it("refuses offsets that are not in the log", () => {
    const desk = new LogDesk();
    for (let at = 0; at < 5; at++) desk.append();
    desk.driver.run(desk.log.advanceLogStart(2, desk.nowMs));
    for (const offset of [-1, 0, 1, 6]) {
      assert.equal(desk.fault(desk.log.read(offset, 100, 5, true)), "refused", `${offset}`);
    }
    assert.equal(desk.read(5).length, 0);
  });

  it("begins anew when its segment is set aside meanwhile", () => {
    const desk = new LogDesk({ segmentBytes: 300, retentionBytes: 100 });
    for (let at = 0; at < 10; at++) desk.append();
    const reading = desk.log.read(0, 100, 10, true);
    const first = reading.next();
    assert.equal(first.done, false);
    desk.driver.run(desk.log.applyRetention(desk.nowMs, 10));
    // What the disk says to the read that was under way.
    const missing = { ok: false, fault: "ENOENT", detail: "renamed" };
    assert.throws(
      () => reading.next(missing),
      (error) => error instanceof FaultRaised && error.fault.fault === "refused",
    );
  });

  it("hands out buffers of its own", () => {
    const desk = new LogDesk();
    desk.append();
    const bytes = desk.read(0);
    bytes.fill(0);
    assert.notDeepEqual(desk.read(0), bytes);
  });
});

describe("time", () => {
  const found = (desk: LogDesk, timestamp: number) => {
    const { log } = desk;
    const result = desk.driver.run(log.offsetForTimestamp(timestamp, log.logEndOffset));
    return result === null ? null : [result.offset, result.timestamp, result.leaderEpoch];
  };

  it("finds the record inside the batch, compressed or not", () => {
    const desk = new LogDesk({ indexIntervalBytes: 100 });
    for (const compression of ["none", "gzip", "none"] as const) {
      const timestampMs = 1_000 + desk.log.logEndOffset * 10;
      desk.append({ records: 10, stepMs: 10, timestampMs, compression, leaderEpoch: 3 });
    }
    assert.deepEqual(found(desk, 0), [0, 1_000, 3]);
    assert.deepEqual(found(desk, 1_035), [4, 1_040, 3]);
    assert.deepEqual(found(desk, 1_151), [16, 1_160, 3]);
    assert.deepEqual(found(desk, 1_290), [29, 1_290, 3]);
    assert.equal(found(desk, 1_291), null);
    const { log } = desk;
    assert.equal(
      desk.driver.run(log.offsetForTimestamp(1_151, 16)),
      null,
      "beyond what is visible",
    );
  });

  it("takes one time for all records of a batch with LogAppendTime", () => {
    const desk = new LogDesk();
    desk.append({ records: 5, stepMs: 10, timestampMs: 1_000, logAppendTimeMs: 5_000 });
    desk.append({ records: 5, stepMs: 10, timestampMs: 1_000, logAppendTimeMs: 6_000 });
    assert.deepEqual(found(desk, 1_010), [0, 5_000, 0]);
    assert.deepEqual(found(desk, 5_001), [5, 6_000, 0]);
  });

  it("finds the largest timestamp, the first of equals, in any segment", () => {
    const desk = new LogDesk({ segmentBytes: 300 });
    for (const timestampMs of [5, 9, 3, 9, 1, 2, 9, 4]) desk.append({ timestampMs });
    const latest = desk.driver.run(desk.log.maxTimestamp(8));
    assert.deepEqual(latest, { offset: 1, timestamp: 9, leaderEpoch: 0 });
    desk.driver.run(desk.log.advanceLogStart(2, desk.nowMs));
    assert.equal(desk.driver.run(desk.log.maxTimestamp(8))?.offset, 3);
    assert.equal(desk.driver.run(new LogDesk().log.maxTimestamp(0)), null);
  });
});

describe("retention", () => {
  it("removes by time what is past its latest record, and rolls the active segment first", () => {
    const desk = new LogDesk({ segmentBytes: 300, retentionMs: 1_000, segmentMs: 1e12 });
    for (let at = 0; at < 8; at++) desk.append({ timestampMs: START_MS + at * 100 });
    desk.nowMs = START_MS + 1_000;
    assert.equal(desk.driver.run(desk.log.applyRetention(desk.nowMs, 8)), 0);
    desk.nowMs = START_MS + 1_450;
    const removed = desk.driver.run(desk.log.applyRetention(desk.nowMs, 8));
    assert.ok(removed > 0 && desk.log.logStartOffset > 0 && desk.log.logStartOffset < 8);
    desk.nowMs = START_MS + 10_000;
    desk.driver.run(desk.log.applyRetention(desk.nowMs, 8));
    assert.equal(desk.log.logStartOffset, 8);
    assert.equal(desk.log.segmentCount, 1);
    assert.equal(desk.log.sizeBytes, 0);
    desk.append();
    assert.equal(desk.log.logEndOffset, 9);
  });

  it("keeps what lies above the high watermark, and everything without delete", () => {
    const desk = new LogDesk({ segmentBytes: 300, retentionMs: 1 });
    for (let at = 0; at < 8; at++) desk.append();
    desk.nowMs += 1e9;
    const { log } = desk;
    desk.driver.run(log.applyRetention(desk.nowMs, 5));
    assert.ok(log.logStartOffset <= 5 && log.logStartOffset > 0);
    const before = log.logStartOffset;
    log.reconfigure({ ...log.settings, cleanupPolicy: ["compact"] });
    assert.equal(desk.driver.run(log.applyRetention(desk.nowMs, 8)), 0);
    desk.driver.run(log.advanceLogStart(before + 1, desk.nowMs));
    assert.equal(log.logStartOffset, before + 1);
  });

  it("keeps at least retention.bytes", () => {
    const desk = new LogDesk({ segmentBytes: 300, retentionBytes: 700 });
    for (let at = 0; at < 20; at++) desk.append();
    desk.driver.run(desk.log.applyRetention(desk.nowMs, 20));
    assert.ok(desk.log.sizeBytes >= 700 && desk.log.sizeBytes < 1_100, `${desk.log.sizeBytes}`);
  });

  it("sets files aside and unlinks them after the delay", () => {
    const desk = new LogDesk({ segmentBytes: 300, retentionBytes: 300, fileDeleteDelayMs: 500 });
    for (let at = 0; at < 10; at++) desk.append();
    desk.driver.run(desk.log.applyRetention(desk.nowMs, 10));
    const aside = desk.names().filter((name) => name.endsWith(".deleted"));
    assert.ok(aside.length >= 3, aside.join(" "));
    assert.equal(desk.log.nextUnlinkMs(), desk.nowMs + 500);
    assert.equal(desk.driver.run(desk.log.unlinkDue(desk.nowMs + 499)), 0);
    assert.equal(desk.driver.run(desk.log.unlinkDue(desk.nowMs + 500)), aside.length);
    assert.equal(desk.names().filter((name) => name.endsWith(".deleted")).length, 0);
  });
});
