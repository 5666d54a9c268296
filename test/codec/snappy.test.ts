// Snappy: Java's framing, raw blocks, and blocks that lie about their length.

import assert from "node:assert/strict";
import { test } from "node:test";
import snappy from "snappy";
import { need } from "../../src/base/outcome.ts";
import { snappyCompress, snappyDecompress } from "../../src/codec/snappy.ts";

const utf8 = new TextEncoder();
const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0];
const head = [...magic, 0, 0, 0, 1, 0, 0, 0, 1];
const framed = (...blocks: Uint8Array[]) =>
  Uint8Array.from([
    ...head,
    ...blocks.flatMap((block) => [0, 0, block.length >> 8, block.length & 255, ...block]),
  ]);
const raw = (text: string) => new Uint8Array(snappy.compressSync(text));
const decoded = (bytes: Uint8Array, bytesMax = 1000) =>
  new TextDecoder().decode(need(snappyDecompress(bytes, bytesMax)));
function faultOf(bytes: Uint8Array, bytesMax = 1000): string {
  const outcome = snappyDecompress(bytes, bytesMax);
  return outcome.ok ? "" : `${outcome.fault} ${outcome.detail}`;
}

test("what we write is framed in blocks of 32 KiB", () => {
  const written = snappyCompress(new Uint8Array(70_000));
  assert.deepEqual([...written.subarray(0, 16)], head);
  assert.equal(need(snappyDecompress(written, 70_000)).length, 70_000);
  assert.match(faultOf(written, 69_999), /tooLarge/);
});

test("framed blocks, a raw block, and streams one behind the other are read", () => {
  assert.equal(decoded(framed(raw("one "), raw("two "), raw("three"))), "one two three");
  assert.equal(decoded(raw("just a raw block")), "just a raw block");
  assert.equal(decoded(framed()), "");
  const twice = Uint8Array.from([...framed(raw("first ")), ...framed(raw("second"))]);
  assert.equal(decoded(twice), "first second");
});

test("the bound counts over all blocks", () => {
  const blocks = framed(raw("x".repeat(600)), raw("y".repeat(600)));
  assert.equal(decoded(blocks, 1200).length, 1200);
  assert.match(faultOf(blocks, 1199), /tooLarge/);
});

test("a length that cannot be is refused before anything is allocated", () => {
  assert.match(faultOf(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0), 2 ** 32), /cannot be in it/);
  assert.match(faultOf(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)), /no length/);
  assert.match(faultOf(new Uint8Array(0)), /no length/);
  assert.match(faultOf(Uint8Array.from([...head, 0x7f, 0xff, 0xff, 0xff, 1])), /block of/);
  assert.match(faultOf(Uint8Array.from([...head, 0xff, 0xff, 0xff, 0xff, 1])), /block of/);
  assert.match(faultOf(Uint8Array.from([...head, 0, 0])), /cut short/);
  assert.match(faultOf(utf8.encode("Pnot snappy at all")), /damaged|cannot/);
});
