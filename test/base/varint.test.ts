// Zig-zag varints against a plain BigInt model.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  sizeOfVarint,
  sizeOfVarlong,
  VarintReader,
  writeExactVarlong,
  writeVarint,
  writeVarlong,
} from "../../src/base/varint.ts";

/** The encoding, spelled out with BigInt. */
function model(value: number): number[] {
  const wide = BigInt(value);
  let raw = wide >= 0n ? wide * 2n : -wide * 2n - 1n;
  const bytes: number[] = [];
  while (raw >= 0x80n) {
    bytes.push(Number(raw & 0x7fn) | 0x80);
    raw >>= 7n;
  }
  bytes.push(Number(raw));
  return bytes;
}

const int32 = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)),
);
const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 42),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);

test("a varint reads back, and its bytes and size are the model's", () => {
  fc.assert(
    fc.property(int32, (value) => {
      const bytes = new Uint8Array(8);
      const end = writeVarint(bytes, 1, value);
      assert.deepEqual([...bytes.subarray(1, end)], model(value));
      assert.equal(sizeOfVarint(value), end - 1);
      const reader = new VarintReader(bytes, 1, end);
      assert.equal(reader.varint(), value);
      assert.equal(reader.at, end);
      assert.equal(reader.bad, false);
    }),
    { numRuns: 2000 },
  );
});

test("a varlong reads back, and its bytes and size are the model's", () => {
  fc.assert(
    fc.property(int64, (value) => {
      const bytes = new Uint8Array(12);
      const end = writeVarlong(bytes, 1, value);
      assert.deepEqual([...bytes.subarray(1, end)], model(value));
      assert.equal(sizeOfVarlong(value), end - 1);
      const reader = new VarintReader(bytes, 1, end);
      assert.equal(reader.varlong(), value);
      assert.equal(reader.at, end);
    }),
    { numRuns: 2000 },
  );
});

test("a varint cut anywhere is bad and moves to the end", () => {
  fc.assert(
    fc.property(int64, fc.nat(9), (value, cut) => {
      const bytes = Uint8Array.from(model(value));
      const end = Math.min(cut, bytes.length - 1);
      const reader = new VarintReader(bytes, 0, end);
      assert.equal(reader.varlong(), 0);
      assert.equal(reader.bad, true);
      assert.equal(reader.at, end);
    }),
  );
});

test("varints that are too long or too large are bad", () => {
  const bad32 = [
    [0x80, 0x80, 0x80, 0x80, 0x10],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  ];
  for (const bytes of bad32) {
    const reader = new VarintReader(Uint8Array.from(bytes));
    reader.varint();
    assert.equal(reader.bad, true, String(bytes));
  }
  const bad64 = [
    Array.from({ length: 11 }, () => 0x80),
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
    // 2^53 and Long.MAX_VALUE: real 64-bit values that no number holds exactly.
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
    [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  ];
  for (const bytes of bad64) {
    const reader = new VarintReader(Uint8Array.from(bytes));
    reader.varlong();
    assert.equal(reader.bad, true, String(bytes));
  }
});

test("any bytes at all give a number or `bad`, and never a place past the end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      const reader = new VarintReader(bytes);
      while (reader.at < reader.end && !reader.bad) {
        assert.ok(Number.isSafeInteger(reader.at % 2 === 0 ? reader.varint() : reader.varlong()));
        assert.ok(reader.at <= bytes.length);
      }
    }),
  );
});

test("an exact varlong keeps all 64 bits", () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      const bytes = new Uint8Array(10);
      const end = writeExactVarlong(bytes, 0, value);
      const reader = new VarintReader(bytes, 0, end);
      assert.equal(reader.exactVarlong(), value);
      assert.equal(reader.at, end);
      assert(!reader.bad);
      if (Number.isSafeInteger(Number(value))) {
        assert.equal(new VarintReader(bytes, 0, end).varlong(), Number(value));
      }
      const cut = new VarintReader(bytes, 0, end - 1);
      cut.exactVarlong();
      assert(cut.bad);
    }),
  );
  for (const end of [0x02, 0x80]) {
    const tooLong = Uint8Array.of(...Array.from({ length: 9 }, () => 0xff), end, 0);
    const reader = new VarintReader(tooLong);
    reader.exactVarlong();
    assert(reader.bad);
  }
});
