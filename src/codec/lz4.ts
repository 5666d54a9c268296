// LZ4 frames: what Kafka's lz4 batches hold. Java's clients write independent blocks of 64 KiB; other
// clients link their blocks, add sizes and checksums, and all of that is read. Output is bounded.
//
// Format: LZ4 frame format 1.6.
//
// Lives on: anywhere (pure).

import type { Fault, Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { Lz4Encoder, lz4BlockBound } from "./lz4-block.ts";
import { Lz4Memory, lz4Full } from "./lz4-memory.ts";
import { xxhash32 } from "./xxhash32.ts";

const MAGIC = 0x184d2204;
const VERSION = 1;
const BLOCK_BYTES = 64 * 1024;
const UNCOMPRESSED_BIT = 0x8000_0000;
const HEAD_BYTES = 7;

/** A byte of a block can become 255 at most... */
const EXPANSION_MAX = 255;
/** ...and seldom becomes more than this. */
const LIKELY_EXPANSION = 4;

const INDEPENDENT_FLAG = 0x20;
const BLOCK_CHECKSUM_FLAG = 0x10;
const CONTENT_SIZE_FLAG = 0x08;
const CONTENT_CHECKSUM_FLAG = 0x04;
const DICTIONARY_FLAG = 0x01;

type Descriptor = {
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  readonly blockBytesMax: number;
  /** -1: not told. */
  readonly contentBytes: number;
  readonly blocksAt: number;
};

function readUint32(bytes: Uint8Array, at: number): number {
  const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
  return (low | (bytes[at + 3]! << 24)) >>> 0;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

const corrupt = (detail: string) => failure("corrupt", `lz4: ${detail}`);
const tooLarge = (bytesMax: number) => failure("tooLarge", `lz4: more than ${bytesMax} bytes`);

function readDescriptor(bytes: Uint8Array): Outcome<Descriptor> {
  if (bytes.byteLength < HEAD_BYTES) return corrupt("shorter than a frame's head");
  if (readUint32(bytes, 0) !== MAGIC) return corrupt("not a frame");
  const flags = bytes[4]!;
  if (flags >>> 6 !== VERSION) return corrupt(`frame version ${flags >>> 6}`);
  if ((flags & DICTIONARY_FLAG) !== 0) return corrupt("it needs a dictionary");
  const sizeCode = bytes[5]! >>> 4;
  if (sizeCode < 4 || sizeCode > 7) return corrupt(`block size code ${sizeCode}`);
  let at = 6;
  let contentBytes = -1;
  if ((flags & CONTENT_SIZE_FLAG) !== 0) {
    at += 8;
    if (at >= bytes.byteLength) return corrupt("the head is cut short");
    contentBytes = readUint32(bytes, 6) + readUint32(bytes, 10) * 2 ** 32;
  }
  if (((xxhash32(bytes, 4, at) >>> 8) & 0xff) !== bytes[at]) return corrupt("head checksum");
  return success({
    linked: (flags & INDEPENDENT_FLAG) === 0,
    blockChecksums: (flags & BLOCK_CHECKSUM_FLAG) !== 0,
    contentChecksum: (flags & CONTENT_CHECKSUM_FLAG) !== 0,
    blockBytesMax: 1 << (8 + 2 * sizeCode),
    contentBytes,
    blocksAt: at + 1,
  });
}

/** Whether it is a frame whose blocks need their predecessors: Java's clients read no such frame. */
export function isLinkedLz4(bytes: Uint8Array): boolean {
  const head = readDescriptor(bytes);
  return head.ok && head.value.linked;
}

/** Never gives more than `bytesMax`, nor takes more memory than three times that. */
export function lz4Decompress(bytes: Uint8Array, bytesMax: number): Outcome<Uint8Array> {
  const found = lz4DecompressBriefly(bytes, bytesMax);
  return found.ok ? success(found.value.slice()) : found;
}

/** The same without a copy: what is given is only valid until the thread's next frame. */
export function lz4DecompressBriefly(bytes: Uint8Array, bytesMax: number): Outcome<Uint8Array> {
  const head = readDescriptor(bytes);
  if (!head.ok) return head;
  const { contentBytes } = head.value;
  if (contentBytes > bytesMax) return tooLarge(bytesMax);
  const memory = Lz4Memory.with(bytes);
  if (memory === undefined) return tooLarge(bytesMax);
  // A page that nothing is written to costs nothing; where it is not enough a block is decoded again.
  const likely = bytes.byteLength * (contentBytes < 0 ? LIKELY_EXPANSION : EXPANSION_MAX);
  memory.grow(Math.min(bytesMax, likely, contentBytes < 0 ? Infinity : contentBytes));
  return new FrameDecoder(bytes, head.value, bytesMax, memory).decode();
}

/** The output grows with what was really decoded: a size that a frame only claims costs nothing. */
class FrameDecoder {
  private readonly bytes: Uint8Array;
  private readonly head: Descriptor;
  private readonly bytesMax: number;
  private readonly memory: Lz4Memory;
  private outAt = 0;

  constructor(bytes: Uint8Array, head: Descriptor, bytesMax: number, memory: Lz4Memory) {
    this.bytes = bytes;
    this.head = head;
    this.bytesMax = bytesMax;
    this.memory = memory;
  }

  decode(): Outcome<Uint8Array> {
    const { bytes, head, memory } = this;
    const { blockChecksums } = head;
    let at = head.blocksAt;
    for (;;) {
      if (at + 4 > bytes.byteLength) return corrupt("no end mark");
      const mark = readUint32(bytes, at);
      at += 4;
      if (mark === 0) return this.ending(at);
      const isPlain = mark >= UNCOMPRESSED_BIT;
      const size = isPlain ? mark - UNCOMPRESSED_BIT : mark;
      if (size > head.blockBytesMax) return corrupt("a block is larger than the head allows");
      const end = at + size;
      if (end + (blockChecksums ? 4 : 0) > bytes.byteLength) return corrupt("a block is cut short");
      if (blockChecksums && readUint32(bytes, end) !== memory.hashOfInput(at, end)) {
        return corrupt("block checksum");
      }
      const fault = this.block(at, end, isPlain);
      if (fault !== undefined) return fault;
      at = end + (blockChecksums ? 4 : 0);
    }
  }

  private block(at: number, end: number, isPlain: boolean): Fault | undefined {
    const { memory, outAt, bytesMax } = this;
    const { blockBytesMax, linked } = this.head;
    for (;;) {
      const room = Math.min(memory.room, bytesMax);
      const limit = Math.min(room, outAt + blockBytesMax);
      const next = isPlain
        ? memory.copyBlock(at, end, outAt, limit)
        : memory.decodeBlock(at, end, outAt, limit, linked ? 0 : outAt);
      if (next >= 0) {
        this.outAt = next;
        return undefined;
      }
      if (next !== lz4Full) return corrupt("a block is damaged");
      if (limit === outAt + blockBytesMax) {
        return corrupt("a block is larger than the head allows");
      }
      const wanted = Math.min(bytesMax, room * 2 + BLOCK_BYTES);
      if (room === bytesMax || !memory.grow(wanted)) return tooLarge(bytesMax);
    }
  }

  /** `at`: behind the end mark. */
  private ending(at: number): Outcome<Uint8Array> {
    const { bytes, head, memory, outAt } = this;
    if (head.contentChecksum) {
      if (at + 4 > bytes.byteLength) return corrupt("no content checksum");
      if (readUint32(bytes, at) !== memory.hashOfOutput(outAt)) return corrupt("content checksum");
      at += 4;
    }
    if (at !== bytes.byteLength) return corrupt("bytes follow the end of the frame");
    if (head.contentBytes >= 0 && head.contentBytes !== outAt) {
      return corrupt(`${outAt} bytes where the head says ${head.contentBytes}`);
    }
    return success(memory.output(outAt));
  }
}

/** One frame of independent blocks of 64 KiB, as Java's clients write it. */
export function lz4Compress(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.byteLength / BLOCK_BYTES);
  const most = lz4BlockBound(bytes.byteLength) + blocks * (4 + lz4BlockBound(0));
  const output = new Uint8Array(HEAD_BYTES + most + 4);
  writeUint32(output, 0, MAGIC);
  output[4] = (VERSION << 6) | INDEPENDENT_FLAG;
  output[5] = 4 << 4;
  output[6] = (xxhash32(output, 4, 6) >>> 8) & 0xff;
  let outAt = HEAD_BYTES;
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
