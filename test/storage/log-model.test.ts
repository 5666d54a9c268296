// A log against the simplest thing it can be: a list of batches. Random operations, random restarts,
// tiny segments.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Disk } from "../../src/runtime/ports.ts";
import { batchInfoAt, Log } from "../../src/storage/log.ts";
import type { Batch } from "../../src/storage/log.ts";
import { memoryDisk } from "../../src/storage/memory-disk.ts";
import { batchSizeAt } from "../../src/protocol/record-batch.ts";
import { batchOf, optionsOf, START_MS } from "../support/log-fixtures.ts";
import type { Driver } from "../support/run-routine.ts";
import { driverOver } from "../support/run-routine.ts";

type Stored = Batch & { readonly timestamps: readonly number[] };

const changes = {
  segmentBytes: 600,
  indexIntervalBytes: 150,
  segmentMs: 1_000_000,
  retentionBytes: 2_000,
  retentionMs: 500_000,
};

/** Five records of up to 900 bytes, alone in their segment. */
const LARGEST_BATCH_BYTES = 5_000;

class Pair {
  readonly model: Stored[] = [];
  start = 0;
  nowMs = START_MS;
  log: Log;
  private readonly disk: Disk = memoryDisk();
  private readonly driver: Driver = driverOver(this.disk);

  constructor() {
    this.log = this.driver.run(Log.create(optionsOf(changes)));
  }

  get end(): number {
    return this.log.logEndOffset;
  }

  append(records: number, valueBytes: number, laterMs: number): void {
    this.nowMs += 1_000;
    const timestampMs = this.nowMs + laterMs;
    const draft = { records, valueBytes, timestampMs, stepMs: 3 };
    const codec = records > 3 ? ({ compression: "gzip" } as const) : {};
    const batch = batchOf(this.end, { ...draft, ...codec });
    const before = this.end;
    this.driver.run(this.log.append(batch.bytes, batch.info, this.nowMs));
    assert.equal(this.end, before + records);
    const timestamps = Array.from({ length: records }, (_, index) => timestampMs + index * 3);
    this.model.push({ ...batch, timestamps });
  }

  read(at: number, maxBytes: number, short: number): void {
    if (this.end === this.start) return;
    const offset = this.start + (at % (this.end - this.start + 1));
    const end = Math.max(this.start, this.end - short);
    for (const whole of [true, false]) {
      const bytes = this.driver.run(this.log.read(offset, maxBytes, end, whole));
      const expected = this.expected(offset, maxBytes, end, whole);
      this.compare(bytes, offset, expected);
    }
  }

  /** Everything that may be returned; a read may stop earlier, at the end of a segment. */
  private expected(offset: number, maxBytes: number, end: number, whole: boolean): Stored[] {
    const taken: Stored[] = [];
    let bytes = 0;
    for (const batch of this.model) {
      if (batch.info.lastOffset < offset) continue;
      if (batch.info.lastOffset >= end) break;
      bytes += batch.bytes.length;
      if (bytes > maxBytes && !(whole && taken.length === 0)) break;
      taken.push(batch);
    }
    return offset < end ? taken : [];
  }

  private compare(bytes: Uint8Array, offset: number, expected: readonly Stored[]): void {
    let at = 0;
    let count = 0;
    while (at < bytes.length) {
      const size = batchSizeAt(bytes, at);
      assert.ok(size > 0, "half a batch");
      const wanted = expected[count]?.bytes;
      assert.ok(wanted !== undefined, `more than asked for, from ${offset}`);
      assert.deepEqual(bytes.subarray(at, at + size), wanted);
      at += size;
      count += 1;
    }
    assert.equal(count > 0, expected.length > 0, `nothing from ${offset}`);
  }

  findTime(at: number): void {
    const asked = START_MS + at;
    const records = this.model
      .flatMap(({ info, timestamps }) =>
        timestamps.map((timestamp, index) => ({ offset: info.baseOffset + index, timestamp })),
      )
      .filter(({ offset }) => offset >= this.start);
    const first = records.find(({ timestamp }) => timestamp >= asked);
    const found = this.driver.run(this.log.offsetForTimestamp(asked, this.end));
    const { leaderEpoch: _, ...rest } = found ?? { leaderEpoch: 0 };
    assert.deepEqual(found === null ? undefined : rest, first);
    const largest = Math.max(...records.map(({ timestamp }) => timestamp));
    const latest = this.driver.run(this.log.maxTimestamp(this.end));
    const wanted = records.find(({ timestamp }) => timestamp === largest)?.offset;
    assert.equal(latest?.offset, wanted);
  }

  truncate(back: number): void {
    const offset = Math.max(this.start, this.end - back);
    this.driver.run(this.log.truncateTo(offset, this.nowMs));
    while ((this.model.at(-1)?.info.lastOffset ?? -1) >= offset) this.model.pop();
    const end = this.model.at(-1)?.info.lastOffset;
    if (end !== undefined) assert.equal(this.end, end + 1);
    this.start = this.log.logStartOffset;
    assert.ok(this.start <= this.end);
  }

  deleteRecords(on: number): void {
    this.start = Math.min(this.end, this.start + on);
    this.driver.run(this.log.advanceLogStart(this.start, this.nowMs));
    assert.equal(this.log.logStartOffset, this.start);
    this.forgetOld();
  }

  retain(): void {
    const sizeBefore = this.log.sizeBytes;
    const removed = this.driver.run(this.log.applyRetention(this.nowMs, this.end));
    assert.equal(this.log.sizeBytes < sizeBefore || removed === 0, true);
    assert.ok(this.log.logStartOffset >= this.start);
    this.start = this.log.logStartOffset;
    // The oldest segment stays when it is needed to hold as much as is to be retained.
    assert.ok(this.log.sizeBytes <= changes.retentionBytes + LARGEST_BATCH_BYTES);
    this.forgetOld();
    this.driver.run(this.log.unlinkDue(this.nowMs + 60_000));
    assert.equal(this.log.nextUnlinkMs(), null);
  }

  private forgetOld(): void {
    while ((this.model[0]?.info.lastOffset ?? Infinity) < this.start) this.model.shift();
  }

  restart(cleanStart: boolean, syncFirst: boolean): void {
    if (syncFirst) this.driver.run(this.log.sync());
    if (cleanStart) this.driver.run(this.log.close());
    const { logStartOffset, logEndOffset, recoveryPoint, sizeBytes } = this.log;
    const producers = this.log.producers.snapshot();
    // An epoch of which no record is left may be forgotten or remembered.
    const epochsOf = (each: Log) =>
      each.epochs.entries.filter((entry) => entry.startOffset < logEndOffset);
    const epochs = epochsOf(this.log);
    const options = { ...optionsOf(changes), cleanStart, recoveryPoint, logStartOffset };
    const { log, report } = this.driver.run(Log.open(options));
    assert.deepEqual(report.damaged, []);
    assert.equal(report.tornBytes, 0);
    assert.equal(log.logStartOffset, logStartOffset);
    assert.equal(log.logEndOffset, logEndOffset);
    assert.equal(log.sizeBytes, sizeBytes);
    assert.deepEqual(log.producers.snapshot(), producers);
    assert.deepEqual(epochsOf(log), epochs);
    if (cleanStart) assert.equal(report.scannedBytes, 0);
    this.log = log;
  }
}

type Step =
  | { do: "append"; records: number; valueBytes: number; laterMs: number }
  | { do: "read"; at: number; maxBytes: number; short: number; readers: number }
  | { do: "time"; at: number }
  | { do: "truncate" | "delete"; count: number }
  | { do: "retain" }
  | { do: "restart"; clean: boolean; sync: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      records: fc.integer({ min: 1, max: 5 }),
      valueBytes: fc.oneof({ weight: 9, arbitrary: fc.nat(60) }, fc.nat(900)),
      laterMs: fc.integer({ min: -5_000, max: 5_000 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      at: fc.nat(500),
      maxBytes: fc.nat(1_500),
      short: fc.oneof(fc.constant(0), fc.nat(10)),
      // A crowd is handed what one of it has read.
      readers: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.constant(12)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("time" as const), at: fc.nat(120_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("truncate" as const, "delete" as const),
      count: fc.nat(12),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("retain" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("restart" as const),
      clean: fc.boolean(),
      sync: fc.boolean(),
    }),
  },
);

function take(pair: Pair, todo: Step): void {
  switch (todo.do) {
    case "append":
      return pair.append(todo.records, todo.valueBytes, todo.laterMs);
    case "read":
      for (let n = 0; n < todo.readers; n++) pair.read(todo.at, todo.maxBytes, todo.short);
      return;
    case "time":
      return pair.findTime(todo.at);
    case "truncate":
      return pair.truncate(todo.count);
    case "delete":
      return pair.deleteRecords(todo.count);
    case "retain":
      return pair.retain();
    case "restart":
      return pair.restart(todo.clean, todo.sync);
  }
}

describe("log", () => {
  it("is a list of batches, whatever is done to it", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120, size: "max" }), (todo) => {
        const pair = new Pair();
        for (const each of todo) take(pair, each);
        pair.restart(true, false);
        for (let offset = 0; offset < 40; offset++) pair.read(offset, 500, 0);
      }),
      { numRuns: 300 },
    );
  });

  it("numbers every batch as it was given", () => {
    const pair = new Pair();
    for (let at = 0; at < 50; at++) pair.append(2, 30, 0);
    assert.ok(pair.log.segmentCount > 5);
    const first = pair.model[20]!;
    assert.deepEqual(batchInfoAt(first.bytes), first.info);
  });
});
