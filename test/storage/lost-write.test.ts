import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import { looksRotten, looksUnwritten } from "../../src/storage/lost-write.ts";
import { batchOf } from "../support/log-fixtures.ts";

/** Sectors of a batch at `position` that the disk never got. */
function without(bytes: Uint8Array, position: number, sectors: readonly number[]): Uint8Array {
  const torn = bytes.slice();
  for (let at = 0; at < torn.length; at++) {
    if (sectors.includes(Math.floor((position + at) / 512))) torn[at] = 0;
  }
  return torn;
}

describe("a batch whose checksum is wrong", () => {
  it("was not written when any of its sectors is missing", () => {
    const prng = new Prng(1);
    for (let round = 0; round < 2_000; round++) {
      const position = prng.below(4_000);
      const baseOffset = prng.between(1, 1_000_000);
      const { bytes } = batchOf(baseOffset, { valueBytes: prng.between(600, 3_000), fill: 7 });
      const first = Math.floor(position / 512);
      const last = Math.floor((position + bytes.length - 1) / 512);
      const missing = prng.between(first, last);
      const tail = (position + bytes.length) % 512;
      // Too little of it to be told from zeros of its own.
      if (missing === last && tail > 0 && tail < 16) continue;
      if (missing === first && 512 - (position % 512) < 8) continue;
      const torn = without(bytes, position, [missing]);
      const suspect = { bytes: torn, position, baseOffset, isFileEnd: false };
      assert.ok(looksUnwritten(suspect), `at ${position}, sector ${missing} of ${first}-${last}`);
      assert.ok(!looksRotten(suspect), `at ${position}, sector ${missing} of ${first}-${last}`);
    }
  });

  it("was written when a bit of it has flipped", () => {
    const prng = new Prng(2);
    const misjudged = { 7: 0, 0: 0 };
    for (let round = 0; round < 4_000; round++) {
      const position = prng.below(4_000);
      const fill = round % 2 === 0 ? 0 : 7;
      const { bytes } = batchOf(5, { valueBytes: prng.between(600, 3_000), fill });
      bytes[prng.below(bytes.length)]! ^= 1 << prng.below(8);
      const suspect = { bytes, position, baseOffset: 5, isFileEnd: false };
      if (looksUnwritten(suspect)) misjudged[fill] += 1;
    }
    assert.equal(misjudged[7], 0);
    // Records of nothing but zeros, in which the bit happens to stand beside the edge of a sector.
    assert.ok(misjudged[0] < 40, `${misjudged[0]} of 2,000`);
  });

  it("has lost its end when the file ends before it does, unless its length is wrong", () => {
    const { bytes } = batchOf(5, { valueBytes: 500, fill: 7 });
    const short = { bytes: bytes.slice(0, 300), position: 77, baseOffset: 5, isFileEnd: true };
    assert.ok(looksUnwritten(short) && !looksRotten(short));
    bytes[10]! ^= 4;
    const wrong = { bytes, position: 77, baseOffset: 5, isFileEnd: true };
    assert.ok(!looksUnwritten(wrong) && looksRotten(wrong));
  });

  it("is rotten when it is last and all of it is there", () => {
    for (const at of [13, 22, 40, 60, 200]) {
      const { bytes } = batchOf(5, { valueBytes: 500, fill: 7 });
      bytes[at]! ^= 2;
      assert.ok(looksRotten({ bytes, position: 77, baseOffset: 5, isFileEnd: true }), `byte ${at}`);
    }
    const garbage = new Prng(3).bytes(500);
    assert.ok(!looksRotten({ bytes: garbage, position: 0, baseOffset: 5, isFileEnd: true }));
  });
});
