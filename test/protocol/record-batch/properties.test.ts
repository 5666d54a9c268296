// Batches at random: what is built is read back, and what is bent is judged as the plain second
// reading (reference.ts) judges it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Prng } from "../../../src/base/prng.ts";
import type { RecordDraft } from "../../../src/protocol/record-batch.ts";
import * as b from "../../../src/protocol/record-batch.ts";
import { readAll } from "./reference.ts";
import { NOW_MS, rulesOf } from "./rules.ts";

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 80 }),
  fc.nat(20_000).map((length) => new Uint8Array(length).fill(7)),
);
const text = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constant("\uFEFFwith a byte order mark"),
);
const plainly = { noNullPrototype: true } as const;
const header = fc.record({ key: text, value: bytes }, plainly);
const timestampMs = fc
  .oneof(fc.nat(100), fc.integer({ min: -(2 ** 40), max: 0 }))
  .map((ms) => NOW_MS + ms);
const headers = fc.array(header, { maxLength: 3 });
const record: fc.Arbitrary<RecordDraft> = fc.record(
  { key: bytes, value: bytes, headers, timestampMs },
  plainly,
);
const records = fc.array(record, { minLength: 1, maxLength: 12 });

for (const compression of b.codecNames) {
  test(`${compression}: what is built is taken and read back`, () => {
    fc.assert(
      fc.property(records, fc.nat(), (drafts, baseOffset) => {
        const batch = b.buildBatch(drafts, { compression });
        const check = b.checkProducedBatch(batch, rulesOf());
        const maxTimestamp = Math.max(...drafts.map(({ timestampMs }) => timestampMs));
        assert.ok(check.ok && check.maxTimestamp === maxTimestamp);
        assert.equal(drafts[check.maxTimestampIndex]?.timestampMs, maxTimestamp);
        assert.equal(b.maxTimestampOf(batch), maxTimestamp);
        b.stampBaseOffset(batch, 0, baseOffset);
        b.stampLeaderEpoch(batch, 0, 17);
        assert.ok(b.isCrcRight(batch));
        const expected = drafts.map(({ timestampMs, ...draft }, index) => ({
          offset: baseOffset + index,
          timestamp: timestampMs,
          ...draft,
        }));
        assert.deepEqual([...b.recordsOf(batch)], expected);
        const later = expected.slice(1);
        assert.deepEqual([...b.recordsFrom(batch, baseOffset + 1)], later);
      }),
      { numRuns: 40 },
    );
  });
}

test("many batches in a row are found again, and a torn tail is left alone", () => {
  fc.assert(
    fc.property(fc.array(records, { minLength: 1, maxLength: 4 }), fc.nat(200), (all, cut) => {
      const batches = all.map((drafts, index) => b.buildBatch(drafts, { baseOffset: index * 100 }));
      const row = Buffer.concat(batches);
      const torn = new Uint8Array(row.subarray(0, row.length - Math.min(cut, row.length)));
      let at = 0;
      for (const batch of batches) {
        const size = b.batchSizeAt(torn, at);
        if (at + batch.length > torn.length) {
          assert.equal(size, 0);
          break;
        }
        assert.equal(size, batch.length);
        at += size;
      }
    }),
    { numRuns: 40 },
  );
});

/** Mostly batches like those of real producers, in which a change of one byte matters. */
function drawBatch(prng: Prng): Uint8Array {
  const count = prng.pick([1, 1, 2, 3, 5, 70, 130]);
  const drafts = Array.from({ length: count }, () => ({
    key: prng.chance(0.3) ? null : prng.bytes(prng.below(5)),
    value: prng.chance(0.1) ? null : prng.bytes(prng.pick([0, 3, 70])),
    headers: Array.from({ length: prng.chance(0.3) ? 1 : 0 }, () => ({ key: "h", value: null })),
    timestampMs: NOW_MS + prng.pick([0, 1, 100, -9000]),
  }));
  return b.buildBatch(drafts);
}

test("bent records under a right checksum are judged as the plain reading judges them", () => {
  const seed = Date.now() % 1_000_000;
  const prng = new Prng(seed, "bent records");
  let taken = 0;
  let refused = 0;
  for (let round = 0; round < 8000; round++) {
    let batch = drawBatch(prng);
    if (prng.chance(0.2)) {
      const cut = b.recordsAt + prng.below(batch.length - b.recordsAt);
      batch = prng.chance(0.5) ? batch.slice(0, cut) : Uint8Array.of(...batch, prng.below(256));
      b.writeInt32(batch, b.batchLengthAt, batch.length - b.lengthOverhead);
    }
    for (let changes = prng.below(3); changes > 0 && batch.length > b.recordsAt; changes--) {
      const at = b.recordsAt + prng.below(Math.min(batch.length - b.recordsAt, 40));
      batch[at] = prng.chance(0.5) ? batch[at]! ^ (1 << prng.below(8)) : prng.below(256);
    }
    b.stampCrc(batch);
    const rules = rulesOf({ compacted: prng.chance(0.2) });
    const expected = readAll(batch.slice(b.recordsAt), b.recordCountOf(batch));
    const check = b.checkProducedBatch(batch, rules);
    const context = () => `seed ${seed}, round ${round}: ${JSON.stringify(check)}`;
    const isTaken = expected !== undefined && expected.every(fits(batch, rules));
    assert.equal(check.ok, isTaken, context());
    if (check.ok) taken += 1;
    else refused += 1;
    const read = [...b.recordsOf(batch)];
    if (expected !== undefined) {
      const seen = read.map(({ key, value, headers }) => ({ key, value, headers: headers.length }));
      const wanted = expected.map(({ key, value, headers }) => ({
        key,
        value,
        headers: headers.length,
      }));
      assert.deepEqual(seen, wanted, context());
    }
  }
  assert.ok(taken > 800 && refused > 800, `${taken} taken, ${refused} refused`);
});

function fits(batch: Uint8Array, rules: b.ProduceRules) {
  return ({ timestampDelta, key }: { timestampDelta: bigint; key: Uint8Array | null }) => {
    const timestamp = BigInt(b.baseTimestampOf(batch)) + timestampDelta;
    const latest = BigInt(rules.nowMs + rules.afterMaxMs);
    const earliest = BigInt(rules.nowMs - rules.beforeMaxMs);
    const inBounds = timestamp === -1n || (timestamp >= earliest && timestamp <= latest);
    return inBounds && !(rules.compacted && key === null);
  };
}

test("random bytes as a batch give a refusal, never an exception", () => {
  const prng = new Prng(Date.now() % 1_000_000, "garbage");
  for (let round = 0; round < 5000; round++) {
    const garbage = prng.bytes(prng.below(200));
    if (garbage.length > b.magicAt) garbage[b.magicAt] = prng.pick([0, 1, 2, 2, 2, 200]);
    if (garbage.length > b.recordsAt && prng.chance(0.8)) {
      b.writeInt32(garbage, b.batchLengthAt, garbage.length - b.lengthOverhead);
      if (prng.chance(0.8)) b.stampCrc(garbage);
    }
    assert.equal(b.checkProducedBatch(garbage, rulesOf()).ok, false);
    if (b.batchSizeAt(garbage, 0) > 0) assert.ok([...b.recordsOf(garbage)].length >= 0);
  }
});
