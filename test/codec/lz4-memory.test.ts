// The LZ4 decoder in WebAssembly: its bytes are those of its text, it agrees with a plain reading of any
// block, right or damaged, and the memory that frames share is neither mixed up nor kept when large.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { need } from "../../src/base/outcome.ts";
import { lz4Compress, lz4Decompress, lz4DecompressBriefly } from "../../src/codec/lz4.ts";
import { Lz4Memory, lz4Corrupt, lz4Full } from "../../src/codec/lz4-memory.ts";
import { xxhash32 } from "../../src/codec/xxhash32.ts";
import { lz4Bytes, target } from "../../tools/wasm.ts";

/** Block by block and byte by byte, as the format says it. */
function decodePlainly(block: Uint8Array, room: number): number[] | number {
  const out: number[] = [];
  let at = 0;
  const count = (first: number): number => {
    let [sum, more] = [first, first === 15 ? 255 : 0];
    for (; more === 255; sum += more) {
      if (at >= block.length) return NaN;
      more = block[at++]!;
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = count(token >>> 4);
    if (!(literals <= block.length - at)) return lz4Corrupt;
    if (literals > room - out.length) return lz4Full;
    out.push(...block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return out;
    if (at + 2 > block.length) return lz4Corrupt;
    const distance = block[at]! | (block[at + 1]! << 8);
    at += 2;
    if (distance === 0 || distance > out.length) return lz4Corrupt;
    const length = count(token & 15) + 4;
    if (Number.isNaN(length)) return lz4Corrupt;
    if (length > room - out.length) return lz4Full;
    for (let i = 0; i < length; i++) out.push(out[out.length - distance]!);
  }
  return lz4Corrupt;
}

function decodeBlock(block: Uint8Array, room: number): number[] | number {
  const memory = Lz4Memory.with(block)!;
  assert.ok(memory.grow(room));
  const end = memory.decodeBlock(0, block.length, 0, room, 0);
  return end < 0 ? end : [...memory.output(end)];
}

test("the bytes are those of the text (else: node tools/wasm.ts)", () => {
  assert.equal(readFileSync(target, "utf8"), lz4Bytes());
});

test("matches at every distance, of every length", () => {
  for (let distance = 1; distance <= 40; distance++) {
    const pattern = Uint8Array.from({ length: distance }, (_, i) => i + 1);
    for (let length = 4; length <= 100; length++) {
      const token = (Math.min(distance, 15) << 4) | Math.min(length - 4, 15);
      const moreLiterals = distance >= 15 ? [distance - 15] : [];
      const moreLength = length - 4 >= 15 ? [length - 4 - 15] : [];
      const sequence = [token, ...moreLiterals, ...pattern, distance, 0, ...moreLength];
      const block = Uint8Array.from([...sequence, 0x50, 91, 92, 93, 94, 95]);
      const room = distance + length + 5;
      assert.deepEqual(decodeBlock(block, room), decodePlainly(block, room));
      assert.equal(decodeBlock(block, room - 1), lz4Full);
      assert.equal(decodeBlock(block, room - 6), lz4Full);
    }
  }
});

test("any bytes as a block are judged, and read, as a plain reading does", () => {
  // Small distances and the counts that go on, so that much of it is nearly right.
  const byte = fc.oneof(fc.constantFrom(0, 1, 2, 5, 9, 16, 0x1f, 0xf1, 0xff), fc.nat(255));
  const blocks = fc.uint8Array({ maxLength: 80 });
  const bent = fc.array(byte, { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(fc.oneof(blocks, bent), fc.nat(2000), (block, room) => {
      assert.deepEqual(decodeBlock(block, room), decodePlainly(block, room));
    }),
    { numRuns: 3000 },
  );
});

test("a damaged block is judged as a plain reading does", () => {
  const words = fc.array(
    fc.constantFrom("alpha ", "beta ", "aaaaaaaaaaaa", "0123456789", "\u0000"),
    {
      minLength: 1,
      maxLength: 400,
    },
  );
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(words, damage, (parts, flips) => {
      const text = Buffer.from(parts.join(""));
      const frame = lz4Compress(text);
      const size = new DataView(frame.buffer, 7).getUint32(0, true);
      if (size >= 0x8000_0000) return;
      const block = frame.slice(11, 11 + size);
      for (const [at, value] of flips) block[at % block.length] = value;
      const room = text.length + 64;
      assert.deepEqual(decodeBlock(block, room), decodePlainly(block, room));
    }),
    { numRuns: 300 },
  );
});

test("hashes are those of the plain function", () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => i * 37);
  const memory = Lz4Memory.with(bytes)!;
  for (let end = 0; end <= bytes.length; end++) {
    assert.equal(memory.hashOfInput(3, Math.max(3, end)), xxhash32(bytes, 3, Math.max(3, end)));
  }
});

test("what is given stays as it is, what is lent lasts until the next frame", () => {
  const [first, second] = [new Uint8Array(3000).fill(1), new Uint8Array(3000).fill(2)];
  const given = need(lz4Decompress(lz4Compress(first), 5000));
  const lent = need(lz4DecompressBriefly(lz4Compress(second), 5000));
  assert.deepEqual(lent, second);
  assert.deepEqual(given, first);
  const next = need(lz4DecompressBriefly(lz4Compress(first), 5000));
  assert.equal(next.buffer, lent.buffer);
});

test("a memory that had to grow large is not kept", () => {
  const large = lz4Compress(new Uint8Array(8_000_000));
  const lent = need(lz4DecompressBriefly(large, 10_000_000));
  assert.equal(lent.byteLength, 8_000_000);
  const small = need(lz4DecompressBriefly(lz4Compress(Uint8Array.of(1, 2, 3)), 100));
  assert.deepEqual([...small], [1, 2, 3]);
  assert.ok(small.buffer.byteLength < 1_000_000);
});
