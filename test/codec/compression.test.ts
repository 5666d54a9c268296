// All codecs: what goes in comes out, every output is bounded, and no input can do harm.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { CodecName } from "../../src/codec/compression.ts";
import { codecNames, codecNumber, compress, decompress } from "../../src/codec/compression.ts";
import { need } from "../../src/base/outcome.ts";

const codecs = codecNames.slice(1);

/** Bytes with something to find in them: random stretches, runs, and repeats of what came before. */
const texture = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, n]) => new Uint8Array(n).fill(byte)),
      fc.tuple(fc.nat(5000), fc.nat(400)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => {
    let made: number[] = [];
    for (const part of parts) {
      if (part instanceof Uint8Array) made = made.concat(...part);
      else {
        const start = Math.max(0, made.length - part[0]);
        made = made.concat(made.slice(start, start + part[1]));
      }
    }
    return Uint8Array.from(made);
  });

for (const codec of codecs) {
  test(`${codec}: what was compressed comes back, and not a byte beyond the bound`, () => {
    fc.assert(
      fc.property(texture, (bytes) => {
        const packed = compress(codec, bytes);
        assert.deepEqual(need(decompress(codec, packed, bytes.length)), bytes);
        assert.deepEqual(need(decompress(codec, packed, bytes.length + 1000)), bytes);
        if (bytes.length > 0) {
          const tooSmall = decompress(codec, packed, bytes.length - 1);
          assert.equal(!tooSmall.ok && tooSmall.fault, "tooLarge");
        }
      }),
      { numRuns: 60 },
    );
  });

  test(`${codec}: large, dense and sparse inputs come back`, () => {
    const sizes = [1, 15, 16, 17, 65_535, 65_536, 65_537, 200_000];
    for (const size of sizes) {
      const random = new Uint8Array(size);
      for (let at = 0, x = 7; at < size; at++) {
        x = (Math.imul(x, 1103515245) + 12345) >>> 0;
        random[at] = x >>> 16;
      }
      const text = random.map((byte, at) => (at % 97 < 80 ? 97 + (at % 23) : byte));
      for (const bytes of [random, text, new Uint8Array(size)]) {
        assert.deepEqual(need(decompress(codec, compress(codec, bytes), size)), bytes);
      }
    }
  });

  test(`${codec}: a bomb stops at the bound, and no more is allocated for it`, () => {
    const bomb = compress(codec, new Uint8Array(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    const outcome = decompress(codec, bomb, 100_000);
    assert.equal(!outcome.ok && outcome.fault, "tooLarge");
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 2 * 1024 * 1024, `${grown} bytes`);
  });

  test(`${codec}: cut anywhere it is corrupt, or at least never longer`, () => {
    const bytes = new TextEncoder().encode("a line of text, a line of words, a line\n".repeat(40));
    const packed = compress(codec, bytes);
    for (let end = 0; end < packed.length; end++) {
      const outcome = decompress(codec, packed.subarray(0, end), bytes.length);
      // Snappy's framing has no end mark: cut between two blocks it is merely shorter.
      if (codec === "snappy") assert.ok(!outcome.ok || outcome.value.length < bytes.length);
      else assert.equal(!outcome.ok && outcome.fault, "corrupt", `${end} of ${packed.length}`);
    }
  });

  test(`${codec}: bytes with a few changes give an outcome within the bound`, () => {
    const whole = Array.from({ length: 3000 }, (_, at) => (at * at) % 251);
    const packed = compress(codec, Uint8Array.from(whole.concat(whole)));
    const change = fc.tuple(fc.nat(packed.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = packed.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        const outcome = decompress(codec, bytes, 10_000);
        if (outcome.ok) assert.ok(outcome.value.byteLength <= 10_000);
      }),
      { numRuns: 500 },
    );
  });

  test(`${codec}: random bytes give an outcome within the bound`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(2000), (bytes, bytesMax) => {
        const outcome = decompress(codec, bytes, bytesMax);
        if (outcome.ok) assert.ok(outcome.value.byteLength <= bytesMax);
      }),
      { numRuns: 300 },
    );
  });
}

test("levels are taken where a codec has them", () => {
  const bytes = new TextEncoder().encode("abcabcabd".repeat(500));
  const levels: [CodecName, number][] = [
    ["gzip", 1],
    ["gzip", 9],
    ["zstd", -5],
    ["zstd", 19],
    ["lz4", 9],
    ["snappy", 1],
  ];
  for (const [codec, level] of levels) {
    const packed = compress(codec, bytes, level);
    assert.deepEqual(need(decompress(codec, packed, bytes.length)), bytes);
  }
});

test("none hands the same bytes on, and numbers are those of the attributes", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal(compress("none", bytes), bytes);
  assert.equal(need(decompress("none", bytes, 0)), bytes);
  assert.deepEqual(codecNames.map(codecNumber), [0, 1, 2, 3, 4]);
});
