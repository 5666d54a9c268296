// LZ4 frames: xxHash's published values, every option of the head, and another implementation.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import lz4 from "lz4-napi";
import { need } from "../../src/base/outcome.ts";
import { isLinkedLz4, lz4Compress, lz4Decompress } from "../../src/codec/lz4.ts";
import { xxhash32 } from "../../src/codec/xxhash32.ts";

const utf8 = new TextEncoder();
const le32 = (value: number) =>
  [value, value >>> 8, value >>> 16, value >>> 24].map((x) => x & 255);

type Options = {
  flags: number;
  sizeCode?: number;
  contentBytes?: number;
  blocks: readonly (readonly number[])[];
  plain?: boolean;
  after?: readonly number[];
};

/** A frame put together by hand; `flags` without the version. */
function frame({ flags, sizeCode = 4, contentBytes, blocks, plain, after = [] }: Options) {
  const head = [0x40 | flags, sizeCode << 4];
  if (contentBytes !== undefined) head.push(...le32(contentBytes), ...le32(contentBytes / 2 ** 32));
  const bytes = [...le32(0x184d2204), ...head, (xxhash32(Uint8Array.from(head)) >>> 8) & 255];
  for (const block of blocks) {
    bytes.push(...le32((plain ? 0x8000_0000 : 0) + block.length), ...block);
    if ((flags & 0x10) !== 0) bytes.push(...le32(xxhash32(Uint8Array.from(block))));
  }
  return Uint8Array.from([...bytes, ...le32(0), ...after]);
}

const literals = (text: string) => [text.length << 4, ...utf8.encode(text)];
const decoded = (bytes: Uint8Array, bytesMax = 1000) =>
  new TextDecoder().decode(need(lz4Decompress(bytes, bytesMax)));
function faultOf(bytes: Uint8Array, bytesMax = 1000): string {
  const outcome = lz4Decompress(bytes, bytesMax);
  return outcome.ok ? "" : `${outcome.fault} ${outcome.detail}`;
}

test("xxHash32 has its published values", () => {
  assert.equal(xxhash32(new Uint8Array(0)), 0x02cc5d05);
  assert.equal(xxhash32(utf8.encode("a")), 0x550d7456);
  assert.equal(xxhash32(utf8.encode("abc")), 0x32d153ff);
  assert.equal(xxhash32(utf8.encode("Nobody inspects the spammish repetition")), 0xe2293b2f);
});

test("the head that Java writes: independent blocks of 64 KiB and its well-known checksum", () => {
  const head = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
  assert.deepEqual([...lz4Compress(utf8.encode("x")).subarray(0, 7)], head);
});

test("linked blocks refer to their predecessors, independent ones must not", () => {
  // No literals, a match 4 back of 12, then the last literals.
  const second = [0x08, 4, 0, ...literals("!!!!!")];
  const blocks = [literals("abcd"), second];
  assert.equal(decoded(frame({ flags: 0, blocks })), "abcdabcdabcdabcd!!!!!");
  assert.match(faultOf(frame({ flags: 0x20, blocks })), /corrupt .*damaged/);
  assert.equal(isLinkedLz4(frame({ flags: 0, blocks })), true);
  assert.equal(isLinkedLz4(frame({ flags: 0x20, blocks })), false);
  assert.equal(isLinkedLz4(Uint8Array.of(1, 2, 3)), false);
});

test("sizes and checksums are read and must be right", () => {
  const blocks = [literals("hello "), literals("world")];
  const sum = le32(xxhash32(utf8.encode("hello world")));
  const all = { flags: 0x3c, contentBytes: 11, blocks, after: sum };
  assert.equal(decoded(frame(all), 11), "hello world");
  assert.match(faultOf(frame({ ...all, contentBytes: 12 })), /11 bytes where the head says 12/);
  assert.match(faultOf(frame({ ...all, after: [1, 2, 3, 4] })), /content checksum/);
  assert.match(faultOf(frame({ ...all, after: [] })), /no content checksum/);
  const flipped = frame(all);
  flipped[20]! ^= 1;
  assert.match(faultOf(flipped), /block checksum/);
  const head = frame(all);
  head[14]! ^= 1;
  assert.match(faultOf(head), /head checksum/);
});

test("what a head may not say", () => {
  const blocks = [literals("x")];
  assert.match(faultOf(frame({ flags: 0x21, blocks })), /dictionary/);
  assert.match(faultOf(frame({ flags: 0x20, sizeCode: 3, blocks })), /size code/);
  assert.match(faultOf(frame({ flags: 0x20, blocks, after: [0] })), /follow the end/);
  assert.match(faultOf(frame({ flags: 0x20, blocks }).subarray(1)), /not a frame/);
  assert.match(faultOf(frame({ flags: 0xa0, blocks })), /version/);
});

test("a size that is only claimed costs nothing", () => {
  const claims = frame({ flags: 0x28, contentBytes: 500_000_000, blocks: [literals("x")] });
  const before = process.memoryUsage().arrayBuffers;
  assert.match(faultOf(claims, 1_000_000_000), /1 bytes where/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  assert.match(faultOf(claims, 1000), /tooLarge/);
});

test("a block may not be larger than the head allows", () => {
  const block = Array.from({ length: 65_537 }, () => 7);
  const frames = [4, 5].map((sizeCode) =>
    frame({ flags: 0x20, sizeCode, blocks: [block], plain: true }),
  );
  assert.match(faultOf(frames[0]!, 100_000), /larger than the head/);
  assert.equal(need(lz4Decompress(frames[1]!, 100_000)).length, 65_537);
});

test("another implementation reads our frames and we read its", () => {
  const words = fc.array(fc.constantFrom("alpha ", "beta ", "gamma\n", "0123456789", "\u0000"), {
    maxLength: 20_000,
  });
  fc.assert(
    fc.property(words, (parts) => {
      const bytes = Buffer.from(parts.join(""));
      const ours = Buffer.from(lz4Compress(bytes));
      assert.deepEqual(lz4.decompressFrameSync(ours), bytes);
      const options = { contentChecksum: true, blockChecksums: true };
      const theirs = lz4.compressFrameSync(bytes, options);
      assert.deepEqual(Buffer.from(need(lz4Decompress(theirs, bytes.length))), bytes);
    }),
    { numRuns: 40 },
  );
});
