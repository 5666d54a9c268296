// CRC-32C: published check values, and the table against the native code.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { crc32cOf } from "../../src/base/crc32c.ts";
import { crc32c } from "../../src/codec/crc32c.ts";

test("the check values of RFC 3720 B.4 and of the catalogue", () => {
  assert.equal(crc32cOf(new TextEncoder().encode("123456789")), 0xe3069283);
  assert.equal(crc32cOf(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32cOf(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32cOf(Uint8Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e);
  assert.equal(crc32cOf(new Uint8Array(0)), 0);
});

test("table and native code agree on any slice, whatever its size", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(), fc.nat(), (bytes, a, b) => {
      const start = a % (bytes.length + 1);
      const end = start + (b % (bytes.length - start + 1));
      assert.equal(crc32c(bytes, start, end), crc32cOf(bytes, start, end));
    }),
  );
});

test("a checksum goes on from a former one", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (bytes, a) => {
      const middle = a % (bytes.length + 1);
      const first = crc32cOf(bytes, 0, middle);
      assert.equal(crc32cOf(bytes, middle, bytes.length, first), crc32cOf(bytes));
    }),
  );
});
