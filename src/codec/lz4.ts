// LZ4 frames: what Kafka's lz4 batches hold. Java's clients write independent blocks of 64 KiB; other
// clients link their blocks, add sizes and checksums, and all of that is read. Output is bounded.
//
// Format: LZ4 frame format 1.6.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { Lz4Decoder, Lz4Encoder, lz4BlockBound, lz4Full } from "./lz4-block.ts";
import { xxhash32 } from "./xxhash32.ts";

const MAGIC = 0x184d2204;
const VERSION = 1;
const BLOCK_BYTES = 64 * 1024;
const UNCOMPRESSED_BIT = 0x8000_0000;

type Descriptor = {
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly blockBytesMax: number;
  /** -1: not told. */
  readonly contentBytes: number;
  readonly blocksAt: number;
};

function readUint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (low | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

const corrupt = (detail: string) => failure("corrupt", `lz4: ${detail}`);

function readDescriptor(bytes: Uint8Array): Outcome<Descriptor> {
  if (bytes.byteLength < 7) return corrupt("shorter than a frame's head");
  if (readUint32(bytes, 0) !== MAGIC) return corrupt("not a frame");
  const flags = bytes[4] ?? 0;
  if (flags >>> 6 !== VERSION) return corrupt(`frame version ${flags >>> 6}`);
  const sizeCode = ((bytes[5] ?? 0) >>> 4) & 7;
  if (sizeCode < 4) return corrupt(`block size code ${sizeCode}`);
  let at = 6;
  let contentBytes = -1;
  if ((flags & 0x08) !== 0) {
    contentBytes = readUint32(bytes, at) + readUint32(bytes, at + 4) * 2 ** 32;
    at += 8;
  }
  if ((flags & 0x01) !== 0) at += 4;
  if (at >= bytes.byteLength) return corrupt("the head is cut short");
  if (((xxhash32(bytes, 4, at) >>> 8) & 0xff) !== bytes[at]) return corrupt("head checksum");
  return success({
    linked: (flags & 0x20) === 0,
    blockChecksums: (flags & 0x10) !== 0,
    blockBytesMax: 1 << (8 + 2 * sizeCode),
    contentBytes,
    blocksAt: at + 1,
  });
}

/** Never gives more than `bytesMax`, nor takes much more memory than that. */
export function lz4Decompress(bytes: Uint8Array, bytesMax: number): Outcome<Uint8Array> {
  const head = readDescriptor(bytes);
  if (!head.ok) return head;
  const { linked, blockChecksums, blockBytesMax, contentBytes, blocksAt } = head.value;
  if (contentBytes > bytesMax) return tooLarge(bytesMax);
  const expected = contentBytes >= 0 ? contentBytes : Math.max(bytes.byteLength * 4, 1024);
  let output = new Uint8Array(Math.min(bytesMax, expected));
  let outAt = 0;
  let at = blocksAt;
  for (;;) {
    if (at + 4 > bytes.byteLength) return corrupt("no end mark");
    const mark = readUint32(bytes, at);
    at += 4;
    if (mark === 0) return success(output.subarray(0, outAt));
    const plain = mark >= UNCOMPRESSED_BIT;
    const size = plain ? mark - UNCOMPRESSED_BIT : mark;
    const end = at + size;
    if (size > lz4BlockBound(blockBytesMax) || end > bytes.byteLength) {
      return corrupt(`block of ${size} bytes`);
    }
    for (;;) {
      const limit = Math.min(output.byteLength, outAt + blockBytesMax);
      const next = plain
        ? copyBlock(bytes, at, end, output, outAt, limit)
        : new Lz4Decoder(bytes, output).decode(at, end, outAt, limit, linked ? 0 : outAt);
      if (next >= 0) {
        outAt = next;
        break;
      }
      if (next !== lz4Full) return corrupt("block");
      if (limit < output.byteLength) return corrupt("block larger than the frame allows");
      if (output.byteLength >= bytesMax) return tooLarge(bytesMax);
      output = grown(output, outAt, bytesMax);
    }
    at = end;
    if (blockChecksums) {
      if (readUint32(bytes, at) !== xxhash32(bytes, end - size, end)) return corrupt("checksum");
      at += 4;
    }
  }
}

function copyBlock(
  input: Uint8Array,
  at: number,
  end: number,
  output: Uint8Array,
  outAt: number,
  outEnd: number,
): number {
  if (end - at > outEnd - outAt) return lz4Full;
  output.set(input.subarray(at, end), outAt);
  return outAt + end - at;
}

function grown(output: Uint8Array, used: number, bytesMax: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(bytesMax, output.byteLength * 2 + BLOCK_BYTES));
  larger.set(output.subarray(0, used));
  return larger;
}

function tooLarge(bytesMax: number) {
  return failure("tooLarge", `lz4: more than ${bytesMax} bytes`);
}

/** One frame of independent blocks of 64 KiB, as Java's clients write it. */
export function lz4Compress(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.byteLength / BLOCK_BYTES);
  const output = new Uint8Array(7 + blocks * (4 + lz4BlockBound(BLOCK_BYTES)) + 4);
  writeUint32(output, 0, MAGIC);
  output[4] = (VERSION << 6) | 0x20;
  output[5] = 4 << 4;
  output[6] = (xxhash32(output, 4, 6) >>> 8) & 0xff;
  let outAt = 7;
  const encoder = new Lz4Encoder(bytes, output);
  for (let start = 0; start < bytes.byteLength; start += BLOCK_BYTES) {
    const end = Math.min(bytes.byteLength, start + BLOCK_BYTES);
    const blockAt = outAt + 4;
    const next = encoder.encode(start, end, blockAt);
    const size = next - blockAt;
    if (size < end - start) {
      writeUint32(output, outAt, size);
      outAt = next;
    } else {
      writeUint32(output, outAt, (end - start + UNCOMPRESSED_BIT) >>> 0);
      output.set(bytes.subarray(start, end), blockAt);
      outAt = blockAt + end - start;
    }
  }
  writeUint32(output, outAt, 0);
  return output.subarray(0, outAt + 4);
}
