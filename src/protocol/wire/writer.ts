// Writes the primitive types into a buffer that grows. Large blobs are not copied: they become
// chunks of their own between the chunks written here, ready for a gathering write.
//
// Lives on: anywhere.

import { writeUuid } from "../../base/uuid.ts";
import { DraftError } from "./errors.ts";

const INITIAL_BYTES = 512;
const FAST_GROWTH_BYTES = 32 * 1024;
/** Blobs from this size on are handed on by reference instead of being copied into the buffer. */
const REFERENCE_BYTES_MIN = 2048;
const STRING_BYTES_MAX = 0x7fff;
/** Up to here a loop in JavaScript beats the call into the runtime. */
const SHORT_TEXT_CHARS = 32;

function refuse(value: unknown, type: string): never {
  throw new DraftError(`${String(value)} is no ${type}`);
}

export function checkBoolean(value: unknown): number {
  if (value === true) return 1;
  if (value === false) return 0;
  return refuse(value, "boolean");
}

export function checkInt8(value: number): number {
  return (value << 24) >> 24 === value ? value : refuse(value, "int8");
}

export function checkInt16(value: number): number {
  return (value << 16) >> 16 === value ? value : refuse(value, "int16");
}

export function checkUint16(value: number): number {
  return (value & 0xffff) === value ? value : refuse(value, "uint16");
}

export function checkInt32(value: number): number {
  return (value | 0) === value ? value : refuse(value, "int32");
}

export function checkUint32(value: number): number {
  return value >>> 0 === value ? value : refuse(value, "uint32");
}

export function checkFloat64(value: unknown): number {
  return typeof value === "number" ? value : refuse(value, "float64");
}

export function setInt64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) refuse(value, "int64 of 53 bits");
  const high = Math.floor(value / 2 ** 32);
  view.setInt32(at, high);
  view.setUint32(at + 4, value - high * 2 ** 32);
}

export function setInt64Exact(view: DataView, at: number, value: bigint): void {
  if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) refuse(value, "int64");
  view.setBigInt64(at, value);
}

export function setUuid(bytes: Uint8Array, at: number, value: string): void {
  if (!writeUuid(bytes, at, value)) refuse(value, "uuid of 22 characters");
}

/** Whether a text is short enough for a string of Kafka's. */
export function fitsString(text: string): boolean {
  return text.length * 3 <= STRING_BYTES_MAX || Buffer.byteLength(text) <= STRING_BYTES_MAX;
}

export class Writer {
  /** For generated code, valid until more room is asked for. */
  view: DataView;
  buffer: Buffer;
  /** Where the bytes begin that are in `buffer` and in no chunk yet. */
  private start = 0;
  private at = 0;
  private readonly chunks: Uint8Array[] = [];
  private chunkBytes = 0;
  /** While sizes are still open, everything has to stay in one piece. */
  private openSizes = 0;

  constructor(initialBytes = INITIAL_BYTES) {
    // Of the pool that Node cuts small buffers from: a buffer of its own costs more than most messages.
    this.buffer = Buffer.allocUnsafe(initialBytes);
    this.view = viewOf(this.buffer);
  }

  /** Bytes written so far, chunks included. */
  get length(): number {
    return this.chunkBytes + this.at - this.start;
  }

  /** Moves past `count` bytes, which the caller fills, and answers where they begin. */
  room(count: number): number {
    if (this.at + count > this.buffer.byteLength) this.grow(count);
    const at = this.at;
    this.at = at + count;
    return at;
  }

  private grow(count: number): void {
    const kept = this.at - this.start;
    // Small buffers grow fast: making one costs more than what is copied into it.
    const factor = this.buffer.byteLength < FAST_GROWTH_BYTES ? 4 : 2;
    const size = Math.max(this.buffer.byteLength * factor, kept + count + INITIAL_BYTES);
    const buffer = Buffer.allocUnsafeSlow(size);
    this.buffer.copy(buffer, 0, this.start, this.at);
    this.buffer = buffer;
    this.view = viewOf(buffer);
    this.start = 0;
    this.at = kept;
  }

  boolean(value: boolean): void {
    const at = this.room(1);
    this.view.setUint8(at, checkBoolean(value));
  }

  int8(value: number): void {
    const at = this.room(1);
    this.view.setInt8(at, checkInt8(value));
  }

  int16(value: number): void {
    const at = this.room(2);
    this.view.setInt16(at, checkInt16(value));
  }

  uint16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, checkUint16(value));
  }

  int32(value: number): void {
    const at = this.room(4);
    this.view.setInt32(at, checkInt32(value));
  }

  uint32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, checkUint32(value));
  }

  float64(value: number): void {
    const at = this.room(8);
    this.view.setFloat64(at, checkFloat64(value));
  }

  int64(value: number): void {
    const at = this.room(8);
    setInt64(this.view, at, value);
  }

  int64Exact(value: bigint): void {
    const at = this.room(8);
    setInt64Exact(this.view, at, value);
  }

  uuid(value: string): void {
    const at = this.room(16);
    setUuid(this.buffer, at, value);
  }

  uvarint(value: number): void {
    let rest = value >= 0 ? value : refuse(value, "length");
    while (rest > 0x7f) {
      const at = this.room(1);
      this.buffer[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    const at = this.room(1);
    this.buffer[at] = rest;
  }

  string(value: string): void {
    const length = textBytes(value);
    this.int16(length);
    this.text(value, length);
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    const length = textBytes(value);
    this.uvarint(length + 1);
    this.text(value, length);
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0);
    else this.compactString(value);
  }

  private text(value: string, length: number): void {
    const at = this.room(length);
    const { buffer } = this;
    if (length === value.length && length <= SHORT_TEXT_CHARS) {
      // As many bytes as characters: all of them are ASCII.
      for (let i = 0; i < length; i++) buffer[at + i] = value.charCodeAt(i);
    } else {
      buffer.write(value, at, length, "utf8");
    }
  }

  bytes32(value: Uint8Array): void {
    this.int32(value.byteLength);
    this.raw(value);
  }

  nullableBytes32(value: Uint8Array | null): void {
    if (value === null) this.int32(-1);
    else this.bytes32(value);
  }

  compactBytes(value: Uint8Array): void {
    this.uvarint(value.byteLength + 1);
    this.raw(value);
  }

  compactNullableBytes(value: Uint8Array | null): void {
    if (value === null) this.uvarint(0);
    else this.compactBytes(value);
  }

  /** The bytes themselves, without a length. Large ones are not copied: they must not change. */
  raw(value: Uint8Array): void {
    if (value.byteLength < REFERENCE_BYTES_MIN || this.openSizes > 0) {
      const at = this.room(value.byteLength);
      this.buffer.set(value, at);
      return;
    }
    this.cut();
    this.chunks.push(value);
    this.chunkBytes += value.byteLength;
  }

  /** Ends the chunk in the making. */
  private cut(): void {
    if (this.at === this.start) return;
    const size = this.at - this.start;
    const { buffer, byteOffset } = this.buffer;
    this.chunks.push(new Uint8Array(buffer, byteOffset + this.start, size));
    this.chunkBytes += size;
    this.start = this.at;
  }

  /** Of an array; -1 for null. */
  count(value: number): void {
    this.int32(value);
  }

  compactCount(value: number): void {
    this.uvarint(value + 1);
  }

  present(value: boolean): void {
    this.int8(value ? 1 : -1);
  }

  taggedPresent(value: boolean): void {
    this.uvarint(value ? 1 : 0);
  }

  /** Begins what is preceded by its size as a varint; `endSized` takes what this answers. */
  beginSized(): number {
    this.openSizes += 1;
    this.room(1);
    return this.length;
  }

  endSized(from: number): void {
    const size = this.length - from;
    if (size > 0x7f) this.shift(size);
    // No chunk has been cut since, so the content still ends where the buffer's bytes end.
    let at = this.at - size - varintBytes(size);
    for (let rest = size; ; rest >>>= 7) {
      this.buffer[at++] = rest > 0x7f ? (rest & 0x7f) | 0x80 : rest;
      if (rest <= 0x7f) break;
    }
    this.openSizes -= 1;
  }

  /** Makes room for the further bytes of the size before the last `size` bytes. */
  private shift(size: number): void {
    const further = varintBytes(size) - 1;
    const to = this.room(further);
    this.buffer.copyWithin(to - size + further, to - size, to);
  }

  /** Overwrites the first four bytes: the length of a frame, known at its end. */
  patchFirstInt32(value: number): void {
    const [head] = this.chunks;
    if (head === undefined) this.view.setInt32(this.start, checkInt32(value));
    else new DataView(head.buffer, head.byteOffset).setInt32(0, checkInt32(value));
  }

  /** Everything written, large blobs by reference. */
  finishChunks(): readonly Uint8Array[] {
    this.cut();
    return this.chunks;
  }

  /** Everything written, in one piece. */
  finish(): Uint8Array {
    this.cut();
    const [only] = this.chunks;
    if (only !== undefined && this.chunks.length === 1) return only;
    const whole = new Uint8Array(this.chunkBytes);
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    return whole;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function textBytes(value: string): number {
  const length = Buffer.byteLength(value);
  if (length > STRING_BYTES_MAX) {
    throw new DraftError(`a string of ${length} bytes, at most ${STRING_BYTES_MAX} fit`);
  }
  return length;
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : Math.ceil((32 - Math.clz32(value)) / 7);
}
