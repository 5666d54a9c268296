// Snappy in the framing of Java's library (xerial): a head, then blocks with a length each. Other
// clients send one raw block without the framing, and that is read as well. A raw block tells its
// uncompressed length up front, so it is held against the bound before a byte is allocated.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { nativeSnappy } from "./native.ts";

/** Magic, version 1, compatible with version 1. */
const HEAD = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_BYTES = 8;
/** As Java's stream cuts what it writes. */
const BLOCK_BYTES = 32 * 1024;
/** The densest element is a copy of 64 bytes told in 3. */
const EXPANSION_MAX = 22;
/** Buffers of the library's own, outside the heap, cost six times what copying them does. */
const options = { asBuffer: true, copyOutputData: true };

const corrupt = (detail: string) => failure("corrupt", `snappy: ${detail}`);

function startsWithMagic(bytes: Uint8Array, at: number): boolean {
  if (bytes.byteLength - at < HEAD.byteLength) return false;
  for (let i = 0; i < MAGIC_BYTES; i++) if (bytes[at + i] !== HEAD[i]) return false;
  return true;
}

export function snappyDecompress(bytes: Uint8Array, bytesMax: number): Outcome<Uint8Array> {
  if (!startsWithMagic(bytes, 0)) return rawBlock(bytes, 0, bytesMax);
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = HEAD.byteLength; at < bytes.byteLength;) {
    // Java's stream reads one stream behind the other as one.
    if (startsWithMagic(bytes, at)) {
      at += HEAD.byteLength;
      continue;
    }
    if (at + 4 > bytes.byteLength) return corrupt("a block's length is cut short");
    const size = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getInt32(0);
    at += 4;
    if (size < 0 || size > bytes.byteLength - at) return corrupt(`block of ${size} bytes`);
    const block = rawBlock(bytes.subarray(at, at + size), total, bytesMax);
    if (!block.ok) return block;
    blocks.push(block.value);
    total += block.value.byteLength;
    at += size;
  }
  return success(blocks.length === 1 ? blocks[0]! : joined(blocks, total));
}

/** `before`: what the blocks before it came to. */
function rawBlock(bytes: Uint8Array, before: number, bytesMax: number): Outcome<Uint8Array> {
  const length = uncompressedLength(bytes);
  if (length < 0) return corrupt("no length");
  if (before + length > bytesMax) return failure("tooLarge", `snappy: more than ${bytesMax} bytes`);
  if (length > bytes.byteLength * EXPANSION_MAX) return corrupt(`${length} bytes cannot be in it`);
  try {
    const block = nativeSnappy().uncompressSync(bytes, options) as Buffer;
    return success(new Uint8Array(block.buffer, block.byteOffset, block.byteLength));
  } catch {
    return corrupt("a block is damaged");
  }
}

/** The varint at the head of a raw block; -1 when there is none. */
function uncompressedLength(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) return -1;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  return -1;
}

export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [HEAD];
  let total = HEAD.byteLength;
  for (let start = 0; start < bytes.byteLength; start += BLOCK_BYTES) {
    const block = nativeSnappy().compressSync(bytes.subarray(start, start + BLOCK_BYTES), options);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, block.byteLength);
    parts.push(length, block);
    total += length.byteLength + block.byteLength;
  }
  return joined(parts, total);
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
