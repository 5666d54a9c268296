// What is asked of a produced batch, rule by rule: Kafka's ProduceRequest, UnifiedLog, LogValidator.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { BatchOptions, ProduceRules } from "../../../src/protocol/record-batch.ts";
import * as b from "../../../src/protocol/record-batch.ts";
import { jobRunner } from "../../../src/runtime/jobs.ts";
import { recordBatchJobs } from "../../../src/protocol/record-batch/jobs.ts";
import { need } from "../../../src/base/outcome.ts";
import { sizeOfVarint } from "../../../src/base/varint.ts";
import { compress } from "../../../src/codec/compression.ts";
import { NOW_MS, rulesOf } from "./rules.ts";

const utf8 = new TextEncoder();
const record = (value: string | null, changes: Partial<b.RecordDraft> = {}): b.RecordDraft => ({
  key: utf8.encode("key"),
  value: value === null ? null : utf8.encode(value),
  timestampMs: NOW_MS,
  ...changes,
});
const three = [record("a"), record(null), record("ccc".repeat(50))];

/** A batch that is right but for what `bend` does to it; its checksum is right again afterwards. */
function bent(bend: (bytes: Uint8Array) => void, options: BatchOptions = {}): Uint8Array {
  const batch = b.buildBatch(three, options);
  bend(batch);
  b.stampCrc(batch);
  return batch;
}

function refusalOf(batch: Uint8Array, rules: ProduceRules = rulesOf()) {
  const check = b.checkProducedBatch(batch, rules);
  assert.equal(check.ok, false, "it was taken");
  return check as b.BatchRefusal;
}

function assertRefused(
  batch: Uint8Array,
  code: ErrorCode,
  message: RegExp,
  rules: ProduceRules = rulesOf(),
) {
  const refusal = refusalOf(batch, rules);
  assert.match(refusal.message, message);
  assert.equal(refusal.errorCode, code, refusal.message);
}

const { INVALID_RECORD, CORRUPT_MESSAGE, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE } = ErrorCode;
const { RECORD_LIST_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE } = ErrorCode;

for (const compression of b.codecNames) {
  test(`${compression}: a batch as it should be is taken, with its largest timestamp`, () => {
    const times = [5, 90, 7, 90, -3].map((ms) => record("x", { timestampMs: NOW_MS + ms }));
    const check = b.checkProducedBatch(b.buildBatch(times, { compression }), rulesOf());
    const maxTimestamp = NOW_MS + 90;
    assert.deepEqual(check, { ok: true, recordCount: 5, maxTimestamp, maxTimestampIndex: 1 });
  });

  test(`${compression}: a count that lies is found, whichever way`, () => {
    const lie = (count: number) =>
      bent(
        (bytes) => {
          b.writeInt32(bytes, b.recordCountAt, count);
          b.writeInt32(bytes, b.lastOffsetDeltaAt, count - 1);
        },
        { compression },
      );
    assertRefused(lie(2), INVALID_RECORD, /follow the 2 records/);
    assertRefused(lie(4), INVALID_RECORD, /record 3 of 4 is cut short/);
    assertRefused(lie(2 ** 31 - 1), INVALID_RECORD, /cut short/);
    assertRefused(lie(0), INVALID_RECORD, /counts 0/);
    assertRefused(lie(-1), INVALID_RECORD, /counts -1/);
  });
}

test("exactly one whole batch of format 2", () => {
  const whole = b.buildBatch(three);
  assertRefused(new Uint8Array(0), INVALID_RECORD, /no whole batch/);
  assertRefused(whole.subarray(0, 16), INVALID_RECORD, /no whole batch/);
  assertRefused(whole.subarray(0, whole.length - 1), INVALID_RECORD, /no whole batch/);
  assertRefused(Uint8Array.of(...whole, ...whole), INVALID_RECORD, /more than one/);
  assertRefused(Uint8Array.of(...whole, 0), INVALID_RECORD, /more than one/);
  for (const magic of [0, 1]) {
    const old = bent((bytes) => (bytes[b.magicAt] = magic));
    assertRefused(old, INVALID_RECORD, new RegExp(`format ${magic} is not supported`));
  }
  assertRefused(
    bent((bytes) => (bytes[b.magicAt] = 3)),
    CORRUPT_MESSAGE,
    /magic/,
  );
  for (const length of [-1, 0, 48, -(2 ** 31)]) {
    const batch = b.buildBatch(three);
    b.writeInt32(batch, b.batchLengthAt, length);
    assertRefused(batch, CORRUPT_MESSAGE, /length/);
  }
  const long = b.buildBatch(three);
  b.writeInt32(long, b.batchLengthAt, 2 ** 31 - 1);
  assertRefused(long, INVALID_RECORD, /no whole batch/);
});

test("a flipped bit anywhere behind the checksum is found by it", () => {
  for (let at = b.attributesAt; at < b.buildBatch(three).length; at++) {
    const batch = b.buildBatch(three);
    batch[at]! ^= 0x10;
    const { errorCode } = refusalOf(batch);
    // Attributes are looked at before the checksum; a codec that does not exist is told as such.
    const isExpected = at <= b.attributesAt + 1 || errorCode === CORRUPT_MESSAGE;
    assert.ok(isExpected, `byte ${at}: ${errorCode}`);
  }
});

test("what a header may not say", () => {
  assertRefused(
    bent((x) => b.stampBaseOffset(x, 0, 1)),
    INVALID_RECORD,
    /base offset is 1/,
  );
  assertRefused(b.buildBatch(three, { control: true }), INVALID_RECORD, /control/);
  const noSequence = { producerId: 9, producerEpoch: 0, baseSequence: -1 };
  assertRefused(b.buildBatch(three, noSequence), INVALID_RECORD, /producer 9 sent sequence -1/);
  const nobody = { producerId: -2, baseSequence: -1 };
  assert.ok(b.checkProducedBatch(b.buildBatch(three, nobody), rulesOf({})).ok, "as if it were -1");
  const uneven = bent((bytes) => b.writeInt32(bytes, b.lastOffsetDeltaAt, 7));
  assertRefused(uneven, INVALID_RECORD, /counts 3 records up to 7/);
  for (const codec of [5, 6, 7]) {
    const batch = bent((bytes) => (bytes[b.attributesAt + 1] = codec));
    assertRefused(batch, UNSUPPORTED_COMPRESSION_TYPE, /unknown compression/);
  }
  for (const at of [b.baseTimestampAt, b.maxTimestampAt, b.producerIdAt]) {
    const batch = bent((bytes) => bytes.fill(0x7f, at, at + 8));
    assertRefused(batch, INVALID_RECORD, /beyond 53 bits/);
  }
});

test("zstd needs Produce 7", () => {
  const batch = b.buildBatch(three, { compression: "zstd" });
  const rules = rulesOf({ zstdAllowed: false });
  assertRefused(batch, UNSUPPORTED_COMPRESSION_TYPE, /zstd needs/, rules);
});

test("offset deltas of one, two and three bytes have to be the right ones", () => {
  const count = 9000;
  const empty = { value: null, timestampMs: NOW_MS };
  const batch = b.buildBatch(Array.from({ length: count }, () => empty));
  assert.ok(b.checkProducedBatch(batch, rulesOf()).ok);
  let at = b.recordsAt;
  for (let index = 0; index < count; index++) {
    const size = sizeOfVarint(index);
    if ([0, 1, 63, 64, 8191, 8192, 8999].includes(index)) {
      for (let byte = at + 3; byte < at + 3 + size; byte++) {
        const bent = batch.slice();
        bent[byte]! ^= 2;
        b.stampCrc(bent);
        assertRefused(bent, INVALID_RECORD, new RegExp(`offset delta ${index}$`));
      }
    }
    // Its length, attributes, timestamp; then key, value and the count of headers.
    at += 3 + size + 3;
  }
});

test("sizes: max.message.bytes before segment.bytes, both inclusive", () => {
  const batch = b.buildBatch(three);
  const exact = { maxMessageBytes: batch.length, segmentBytes: batch.length };
  assert.ok(b.checkProducedBatch(batch, rulesOf(exact)).ok);
  const most = batch.length - 1;
  assertRefused(batch, MESSAGE_TOO_LARGE, /max.message/, rulesOf({ maxMessageBytes: most }));
  assertRefused(batch, RECORD_LIST_TOO_LARGE, /segment/, rulesOf({ segmentBytes: most }));
});

test("a compacted topic names every record without a key", () => {
  const batch = b.buildBatch([record("a"), record("b", { key: null }), record("c", { key: null })]);
  assert.ok(b.checkProducedBatch(batch, rulesOf()).ok);
  const refusal = refusalOf(batch, rulesOf({ compacted: true }));
  assert.equal(refusal.errorCode, INVALID_RECORD);
  assert.deepEqual(
    refusal.recordErrors.map(({ batchIndex }) => batchIndex),
    [1, 2],
  );
  const empty = b.buildBatch([record("a", { key: new Uint8Array(0) })]);
  assert.ok(b.checkProducedBatch(empty, rulesOf({ compacted: true })).ok);
});

test("timestamps outside the topic's bounds are told one by one, up to a bound", () => {
  const bounds = rulesOf({ beforeMaxMs: 1000, afterMaxMs: 100 });
  const at = (ms: number) => record("x", { timestampMs: NOW_MS + ms });
  assert.ok(b.checkProducedBatch(b.buildBatch([at(-1000), at(100), at(0)]), bounds).ok);
  const refusal = refusalOf(b.buildBatch([at(-1001), at(0), at(101)]), bounds);
  assert.equal(refusal.errorCode, INVALID_TIMESTAMP);
  assert.deepEqual(
    refusal.recordErrors.map(({ batchIndex }) => batchIndex),
    [0, 2],
  );
  assert.ok(
    b.checkProducedBatch(b.buildBatch([at(101)]), { ...bounds, timestampType: "LogAppendTime" }).ok,
  );
  const many = refusalOf(b.buildBatch(Array.from({ length: 500 }, () => at(999))), bounds);
  assert.equal(many.recordErrors.length, 100);
  // Where both are wrong, the timestamp is what is told.
  const both = b.buildBatch([record("a", { key: null }), at(999)]);
  assert.equal(refusalOf(both, { ...bounds, compacted: true }).errorCode, INVALID_TIMESTAMP);
});

test("a record without a timestamp is taken, and counts for no maximum", () => {
  const none = b.buildBatch([record("a", { timestampMs: -1 })]);
  const check = b.checkProducedBatch(none, rulesOf({ beforeMaxMs: 10 }));
  assert.deepEqual(check, { ok: true, recordCount: 1, maxTimestamp: -1, maxTimestampIndex: 0 });
});

test("a maximum that the producer left out or made up is found", () => {
  for (const wrong of [-1, 0, NOW_MS + 5_000_000]) {
    const batch = bent((bytes) => b.writeInt64(bytes, b.maxTimestampAt, wrong));
    const check = b.checkProducedBatch(batch, rulesOf());
    assert.ok(check.ok);
    b.stampTimestamps(batch, 0, "CreateTime", check.maxTimestamp);
    assert.deepEqual(batch, b.buildBatch(three));
  }
});

test("a batch that comes marked with LogAppendTime", () => {
  const marked = b.buildBatch(three, { logAppendTimeMs: NOW_MS + 50 });
  // The mark comes off; until then all records have the header's timestamp.
  const check = b.checkProducedBatch(marked, rulesOf());
  assert.deepEqual(check, {
    ok: true,
    recordCount: 3,
    maxTimestamp: NOW_MS + 50,
    maxTimestampIndex: 0,
  });
  const out = rulesOf({ afterMaxMs: 10 });
  assert.equal(refusalOf(marked, out).errorCode, INVALID_TIMESTAMP);
  const refusal = refusalOf(marked, rulesOf({ timestampType: "LogAppendTime" }));
  assert.equal(refusal.errorCode, INVALID_TIMESTAMP);
  assert.equal(refusal.recordErrors.length, 3);
  const without = b.buildBatch(three, { logAppendTimeMs: -1 });
  assert.equal(refusalOf(without).errorCode, INVALID_TIMESTAMP);
});

test("a bomb is too large; a payload that cannot be inflated is invalid, not corrupt", () => {
  const zeros = [record("x", { value: new Uint8Array(5_000_000) })];
  for (const compression of b.codecNames.slice(1)) {
    const bomb = b.buildBatch(zeros, { compression });
    const rules = rulesOf({ inflatedBytesMax: 1_000_000 });
    assertRefused(bomb, MESSAGE_TOO_LARGE, /more than 1000000 bytes/, rules);
    const broken = bent((bytes) => bytes.fill(0xee, b.recordsAt + 3, b.recordsAt + 30), {
      compression,
    });
    assert.equal(refusalOf(broken).errorCode, INVALID_RECORD, compression);
  }
});

test("lz4 blocks that are linked are refused: Java's readers know none", () => {
  const batch = b.buildBatch(three, { compression: "lz4" });
  const inflated = need(b.recordBytesOf(batch));
  const frame = compress("lz4", inflated);
  // Without the flag of independence, and with the checksum that belongs to such a head.
  frame[4] = 0x40;
  frame[6] = 0xc0;
  const linked = Uint8Array.of(...batch.subarray(0, b.recordsAt), ...frame);
  b.writeInt32(linked, b.batchLengthAt, linked.length - b.lengthOverhead);
  b.stampCrc(linked);
  assert.equal(need(b.recordBytesOf(linked)).length, inflated.length);
  assertRefused(linked, INVALID_RECORD, /depend on each other/);
});

test("as a job it says the same", () => {
  const run = jobRunner(recordBatchJobs);
  const rules = rulesOf({ compacted: true });
  for (const batch of [
    b.buildBatch(three, { compression: "zstd" }),
    b.buildBatch([record("b", { key: null })], { compression: "gzip" }),
  ]) {
    const answer = need(run({ name: "checkRecords", input: batch, options: { ...rules } }));
    assert.deepEqual(b.readBatchCheck(answer), b.checkRecords(batch, rules));
  }
});

test("compressed anew, a batch holds the same records under a right checksum", () => {
  const before = b.buildBatch(three, { compression: "gzip", producerId: 4, baseSequence: 9 });
  for (const codec of b.codecNames) {
    const after = need(b.recompress(before, codec, 10_000));
    assert.equal(b.codecNameOf(after), codec);
    assert.ok(b.checkProducedBatch(after, rulesOf()).ok);
    assert.deepEqual([...b.recordsOf(after)], [...b.recordsOf(before)]);
    assert.equal(b.baseSequenceOf(after), 9);
    assert.equal(after === before, codec === "gzip");
  }
  const bounded = b.recompress(before, "none", 10);
  assert.equal(!bounded.ok && bounded.fault, "tooLarge");
});
