// What compaction leaves of a log: the last record of every key, at the offset it always had.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import type { CodecName } from "../../src/protocol/record-batch.ts";
import {
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  codecNameOf,
  hasDeleteHorizon,
  isCrcRight,
  lastOffsetOf,
  leaderEpochOf,
  producerIdOf,
  recordCountOf,
} from "../../src/protocol/record-batch.ts";
import type { BatchOptions } from "../../src/protocol/record-batch.ts";
import type { Found, Keyed } from "../support/compaction-fixtures.ts";
import {
  batchesOf,
  compact,
  foundIn,
  keyedBatch,
  latest,
  recordsIn,
} from "../support/compaction-fixtures.ts";
import { START_MS } from "../support/log-fixtures.ts";
import { logNames, LogDesk } from "../support/log-desk.ts";

const compacted = { cleanupPolicy: ["compact"] as const };

class Desk extends LogDesk {
  readonly written: Found[] = [];

  put(records: readonly Keyed[], options: BatchOptions = {}): void {
    const batch = keyedBatch(this.log.logEndOffset, records, options);
    this.driver.run(this.log.append(batch.bytes, batch.info, this.nowMs));
    this.written.push(...foundIn(batch));
  }

  /** Closes the active segment: compaction never looks at that. */
  rollNow(): void {
    this.nowMs += 1_000_000;
    this.driver.run(this.log.rollIfDue(this.nowMs));
  }

  compact(changes: Parameters<typeof compact>[2] = {}) {
    return this.driver.run(compact(this.log, this.nowMs, changes));
  }

  batches(from?: number): Uint8Array[] {
    return this.driver.run(batchesOf(this.log, from));
  }

  records(from?: number): Found[] {
    return recordsIn(this.batches(from));
  }
}

function deskOf(changes: ConstructorParameters<typeof LogDesk>[0] = {}): Desk {
  return new Desk({ ...compacted, segmentMs: 900_000, ...changes });
}

const told = (records: readonly Found[]): string[] =>
  records.map(({ offset, key, value }) => `${offset} ${key}=${value}`);

describe("compaction", () => {
  it("keeps the last record of every key, at its offset, and never touches the active segment", () => {
    const desk = deskOf();
    desk.put([
      { key: "a", value: "1" },
      { key: "b", value: "1" },
    ]);
    desk.put([{ key: "a", value: "2" }]);
    desk.put([
      { key: "c", value: "1" },
      { key: "a", value: "3" },
    ]);
    desk.rollNow();
    desk.put([{ key: "b", value: "2" }]);
    const report = desk.compact();
    assert.equal(report?.cleanedTo, 5);
    assert.equal(report.keysMapped, 3);
    assert.deepEqual(told(desk.records()), ["1 b=1", "3 c=1", "4 a=3", "5 b=2"]);
    assert.equal(desk.log.logEndOffset, 6);
    assert.equal(desk.compact(), undefined, "there is nothing more to do");
  });

  it("answers a read inside a gap with the next batch", () => {
    const desk = deskOf();
    for (const value of ["1", "2", "3"]) desk.put([{ key: "a", value }]);
    desk.put([{ key: "b", value: "1" }]);
    desk.rollNow();
    desk.put([{ key: "z", value: "1" }]);
    desk.compact();
    for (const from of [0, 1, 2]) assert.deepEqual(told(desk.records(from)), told(desk.records(2)));
    assert.deepEqual(told(desk.records(1)), ["2 a=3", "3 b=1", "4 z=1"]);
    assert.deepEqual(told(desk.records(3)), ["3 b=1", "4 z=1"]);
  });

  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] satisfies CodecName[]) {
    it(`makes batches anew only where records go, with their codec: ${compression}`, () => {
      const desk = deskOf();
      const value = "x".repeat(200);
      desk.put(
        [
          { key: "a", value },
          { key: "b", value },
        ],
        { compression, leaderEpoch: 3 },
      );
      desk.put(
        [
          { key: "c", value },
          { key: "d", value },
        ],
        { compression, leaderEpoch: 3 },
      );
      const untouched = desk.batches()[1]!;
      desk.put([{ key: "a", value: "2" }], { compression, leaderEpoch: 4 });
      desk.rollNow();
      desk.compact();
      const [first, second, third] = desk.batches();
      assert.deepEqual(second, untouched);
      assert.equal(codecNameOf(first!), compression);
      assert.ok(isCrcRight(first!) && isCrcRight(third!));
      assert.deepEqual(
        [baseOffsetOf(first!), lastOffsetOf(first!), recordCountOf(first!), leaderEpochOf(first!)],
        [0, 1, 1, 3],
      );
      assert.deepEqual(
        desk.records(),
        desk.written.filter(({ offset }) => offset > 0),
      );
    });
  }

  it("takes a tombstone away a delete.retention.ms after it has seen it first, and no earlier", () => {
    const desk = deskOf();
    desk.put([{ key: "a", value: "1" }]);
    desk.put([
      { key: "b", value: "1" },
      { key: "a", value: null },
    ]);
    desk.put([{ key: "c", value: "1" }]);
    desk.rollNow();
    desk.compact({ deleteRetentionMs: 5_000_000 });
    assert.deepEqual(told(desk.records()), ["1 b=1", "2 a=null", "3 c=1"]);
    const [withTombstone, without] = desk.batches();
    assert.ok(hasDeleteHorizon(withTombstone!));
    assert.equal(baseTimestampOf(withTombstone!), desk.nowMs + 5_000_000);
    assert.ok(!hasDeleteHorizon(without!));
    assert.deepEqual(
      desk.records(),
      desk.written.filter(({ offset }) => offset > 0),
      "timestamps and all",
    );

    desk.put([{ key: "x", value: "1" }]);
    desk.rollNow();
    desk.compact({ deleteRetentionMs: 5_000_000 });
    assert.deepEqual(told(desk.records()).slice(0, 2), ["1 b=1", "2 a=null"]);
    desk.nowMs += 5_000_000;
    desk.put([{ key: "y", value: "1" }]);
    desk.rollNow();
    desk.compact({ deleteRetentionMs: 5_000_000 });
    assert.deepEqual(told(desk.records()), ["1 b=1", "3 c=1", "4 x=1", "5 y=1"]);
  });

  it("keeps the last batch of a producer, if only its header, and so its sequence", () => {
    const desk = deskOf();
    const producer = { producerId: 7, producerEpoch: 1 };
    desk.put([{ key: "a", value: "1" }], { ...producer, baseSequence: 0 });
    desk.put([{ key: "a", value: "2" }], { ...producer, baseSequence: 1 });
    desk.put([{ key: "a", value: "3" }], { producerId: 8, producerEpoch: 0, baseSequence: 0 });
    desk.rollNow();
    desk.put([{ key: "z", value: "1" }]);
    desk.compact();
    assert.deepEqual(told(desk.records()), ["2 a=3", "3 z=1"]);
    const [empty] = desk.batches();
    assert.deepEqual(
      [baseOffsetOf(empty!), recordCountOf(empty!), producerIdOf(empty!), baseSequenceOf(empty!)],
      [1, 0, 7, 1],
    );
    assert.ok(desk.log.producers.describe(desk.nowMs).length === 2);
    for (const name of desk.names().filter((each) => each.endsWith(".snapshot"))) {
      desk.files.do("unlink", { path: `${desk.log.directory}/${name}` });
    }
    const before = desk.log.producers.describe(desk.nowMs);
    desk.driver.run(desk.log.sync());
    desk.reopen({ recoveryPoint: 0 });
    assert.deepEqual(desk.log.producers.describe(desk.nowMs), before);
  });

  it("tells times of records that are there, not of a header that is left", () => {
    const desk = deskOf({ segmentBytes: 120 });
    desk.put([{ key: "a", value: "1", timestampMs: START_MS + 500_000 }]);
    desk.rollNow();
    desk.put([{ key: "a", value: "2", timestampMs: START_MS }]);
    desk.rollNow();
    desk.put([{ key: "z", value: "1", timestampMs: START_MS - 1 }]);
    desk.compact();
    assert.deepEqual(told(desk.records()), ["1 a=2", "2 z=1"]);
    assert.equal(recordCountOf(desk.batches()[0]!), 0);
    const newest = () => desk.driver.run(desk.log.maxTimestamp(desk.log.logEndOffset));
    assert.equal(newest()?.offset, 1);
    for (const name of desk.names().filter((each) => each.endsWith("index"))) {
      desk.files.do("unlink", { path: `${desk.log.directory}/${name}` });
    }
    desk.reopen({ cleanStart: false });
    assert.equal(newest()?.offset, 1);
  });

  it("puts small segments together, and keeps their indexes right", () => {
    const desk = deskOf({ segmentBytes: 2_000, indexIntervalBytes: 100 });
    for (let round = 0; round < 60; round++) {
      desk.put([{ key: `k${round % 7}`, value: "v".repeat(100) }]);
      if (round % 3 === 0) desk.put([{ key: `own${round}`, value: "v" }]);
    }
    const before = desk.log.segmentCount;
    desk.rollNow();
    desk.compact();
    // By what they have before it: those that are small now are put together the next time.
    desk.put([{ key: "k0", value: "v" }]);
    desk.rollNow();
    desk.compact();
    assert.ok(desk.log.segmentCount < before / 2, `${before} -> ${desk.log.segmentCount}`);
    const expected = [...latest(desk.written).values()].sort((a, b) => a.offset - b.offset);
    assert.deepEqual(desk.records(), expected);
    for (const { offset, timestampMs } of expected) {
      const found = desk.driver.run(
        desk.log.offsetForTimestamp(timestampMs, desk.log.logEndOffset),
      );
      assert.equal(found?.offset, offset);
    }
    desk.nowMs += 100_000;
    desk.driver.run(desk.log.unlinkDue(desk.nowMs));
    assert.equal(logNames(desk.names()).length, desk.log.segmentCount);
    assert.deepEqual(
      desk.names().filter((name) => /deleted|swap|cleaned/.test(name)),
      [],
    );
    // Another process finds the same, by its index files and without them.
    for (const remove of [false, true]) {
      desk.driver.run(desk.log.close());
      const indexes = desk.names().filter((name) => remove && name.endsWith("index"));
      for (const name of indexes)
        desk.files.do("unlink", { path: `${desk.log.directory}/${name}` });
      const report = desk.reopen({ cleanStart: true });
      assert.deepEqual(report.damaged, []);
      assert.deepEqual(desk.records(), expected);
    }
  });

  it("makes several passes when the map is too small for all keys", () => {
    const desk = deskOf({ segmentBytes: 1_500 });
    for (let round = 0; round < 4; round++) {
      for (let key = 0; key < 40; key++) desk.put([{ key: `k${key}`, value: `${round}` }]);
    }
    desk.rollNow();
    const report = desk.compact({ mapBytes: 24 * 12 });
    assert.ok(report !== undefined && report.keysMapped <= 12);
    assert.equal(report.cleanedTo, 160);
    assert.deepEqual(
      desk.records(),
      desk.written.filter(({ offset }) => offset >= 120),
    );
  });

  it("heeds the dirty ratio, the least lag and the greatest lag", () => {
    const desk = deskOf();
    for (let at = 0; at < 10; at++) desk.put([{ key: "a", value: "1", timestampMs: desk.nowMs }]);
    const ripe = { minCompactionLagMs: 2_000_000 };
    desk.rollNow();
    assert.equal(desk.compact(ripe), undefined, "too young");
    desk.nowMs += 2_000_000;
    assert.ok(desk.compact(ripe) !== undefined);
    for (let at = 0; at < 10; at++)
      desk.put([{ key: `b${at}`, value: "1", timestampMs: desk.nowMs }]);
    desk.rollNow();
    desk.compact();
    desk.put([{ key: "c", value: "1", timestampMs: desk.nowMs }]);
    desk.rollNow();
    assert.equal(desk.compact({ minCleanableDirtyRatio: 0.5 }), undefined, "not dirty enough");
    const impatient = { minCleanableDirtyRatio: 0.5, maxCompactionLagMs: 500_000 };
    assert.ok(desk.compact(impatient) !== undefined, "overdue");
  });

  it("drops records without a key, which a compacted topic should not have", () => {
    const desk = deskOf();
    desk.put([
      { key: null, value: "1" },
      { key: "a", value: "1" },
    ]);
    desk.rollNow();
    desk.compact();
    assert.deepEqual(told(desk.records()), ["1 a=1"]);
  });

  it("leaves control batches and those of transactions as they are", () => {
    const desk = deskOf();
    const producer = { producerId: 9, producerEpoch: 0 };
    desk.put([{ key: "a", value: "1" }], { ...producer, baseSequence: 0, transactional: true });
    desk.put([{ key: "\0\0\0\u0001", value: "\0" }], {
      ...producer,
      transactional: true,
      control: true,
    });
    desk.put([{ key: "b", value: "1" }]);
    desk.put([
      { key: "b", value: "2" },
      { key: "a", value: "2" },
    ]);
    const before = desk.batches();
    desk.rollNow();
    desk.compact();
    assert.deepEqual(desk.batches(), [before[0], before[1], before[3]]);
  });

  it("gives up on a segment that has gone bad, and leaves it as it is", () => {
    const desk = deskOf();
    desk.put([{ key: "a", value: "1" }]);
    desk.put([{ key: "a", value: "2" }]);
    desk.rollNow();
    const path = `${desk.log.directory}/00000000000000000000.log`;
    const sound = desk.files.read(path);
    // A record, and a base offset, which lies outside the checksum.
    for (const at of [70, 80]) {
      const bytes = sound.slice();
      bytes[at]! ^= 1;
      desk.files.write(path, bytes);
      assert.equal(desk.fault(compact(desk.log, desk.nowMs)), "corrupt");
      assert.deepEqual(desk.files.read(path), bytes);
    }
  });

  it("goes by the log's start, and deletes by age too when it is to do both", () => {
    const desk = deskOf({ cleanupPolicy: ["compact", "delete"], retentionMs: 10_000_000 });
    desk.put([{ key: "a", value: "1", timestampMs: desk.nowMs }]);
    desk.put([{ key: "b", value: "1", timestampMs: desk.nowMs }]);
    desk.rollNow();
    desk.put([{ key: "a", value: "2", timestampMs: desk.nowMs }]);
    desk.rollNow();
    desk.compact({ deleteRetentionMs: 0 });
    assert.deepEqual(told(desk.records()), ["1 b=1", "2 a=2"]);
    desk.nowMs = START_MS + 10_000_000;
    desk.put([{ key: "c", value: "1", timestampMs: desk.nowMs }]);
    desk.rollNow();
    desk.nowMs = START_MS + 12_500_000;
    desk.driver.run(desk.log.applyRetention(desk.nowMs, desk.log.logEndOffset));
    assert.deepEqual(told(desk.records()), ["3 c=1"]);
  });

  it("agrees with what is simply true, whatever was written", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const prng = new Prng(seed, "compaction");
      const desk = deskOf({ segmentBytes: 1_200, indexIntervalBytes: prng.pick([0, 200, 4096]) });
      let cleanedTo = 0;
      for (let round = 0; round < 4; round++) {
        for (let batch = prng.between(1, 25); batch > 0; batch--) {
          const records = Array.from({ length: prng.between(1, 5) }, () => ({
            key: `key-${prng.below(12)}`,
            value: prng.chance(0.2) ? null : "v".repeat(prng.below(60)),
          }));
          const compression = prng.pick(["none", "lz4", "zstd"] as const);
          desk.put(records, { compression });
        }
        desk.rollNow();
        const changes = {
          deleteRetentionMs: prng.pick([0, 10_000_000]),
          mapBytes: prng.pick([240, 1e6]),
        };
        cleanedTo = desk.compact(changes)?.cleanedTo ?? cleanedTo;
        judge(desk, cleanedTo, seed);
      }
    }
  });
});

function judge(desk: Desk, cleanedTo: number, seed: number): void {
  const records = desk.records();
  const note = `seed ${seed}`;
  const byOffset = new Map(desk.written.map((record) => [record.offset, record]));
  for (const record of records) assert.deepEqual(record, byOffset.get(record.offset), note);
  const kept = new Set(records.map(({ offset }) => offset));
  for (const [key, last] of latest(desk.written)) {
    const isThere = kept.has(last.offset);
    assert.ok(isThere || last.value === null, `${note}: ${key} has lost its last value`);
    // What a tombstone deleted stays deleted when the tombstone is gone.
    const others = records.filter((each) => each.key === key && each.offset < cleanedTo);
    assert.ok(others.length <= 1, `${note}: ${key} is there ${others.length} times`);
    if (!isThere) assert.equal(others.length, 0, `${note}: ${key} has come back`);
  }
}
