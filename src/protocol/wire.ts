// The primitive types of Kafka's protocol, read from and written to bytes. A reader never trusts a
// length: it is compared with the bytes left before anything is allocated or skipped.
//
// Sizes and byte order: everything is big-endian; "compact" lengths are unsigned varints of the
// length plus one, 0 standing for null (KIP-482).
//
// Lives on: anywhere.

import { uuidText, ZERO_UUID } from "../base/uuid.ts";

/** Bytes that are not what the protocol says. Ends a connection, never a node. */
export class WireError extends Error {
  override readonly name = "WireError";
  /** Where in the bytes it was noticed. */
  readonly position: number;
  /** Innermost field first, as the decoders are left: `partitions`, `topics`. */
  readonly path: string[] = [];

  constructor(message: string, position: number) {
    super(`${message} (at byte ${position})`);
    this.position = position;
  }
}

const UVARINT_BYTES_MAX = 5;
const MAX_SAFE_HIGH = 0x1f_ffff;
const EMPTY = new Uint8Array(0);

export class Reader {
  at: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly buffer: Buffer;

  constructor(bytes: Uint8Array, at = 0, end = bytes.byteLength) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  remaining(): number {
    return this.end - this.at;
  }

  /** Moves past `count` bytes and answers where they begin. */
  private take(count: number, what: string): number {
    const at = this.at;
    if (count > this.end - at) {
      throw new WireError(`${what} needs ${count} bytes, ${this.end - at} are left`, at);
    }
    this.at = at + count;
    return at;
  }

  boolean(): boolean {
    return this.view.getInt8(this.take(1, "boolean")) !== 0;
  }

  int8(): number {
    return this.view.getInt8(this.take(1, "int8"));
  }

  int16(): number {
    return this.view.getInt16(this.take(2, "int16"));
  }

  uint16(): number {
    return this.view.getUint16(this.take(2, "uint16"));
  }

  int32(): number {
    return this.view.getInt32(this.take(4, "int32"));
  }

  uint32(): number {
    return this.view.getUint32(this.take(4, "uint32"));
  }

  float64(): number {
    return this.view.getFloat64(this.take(8, "float64"));
  }

  /** As a number; beyond 2^53 it would lie, so that is refused. */
  int64(): number {
    const at = this.take(8, "int64");
    const high = this.view.getInt32(at);
    const value = high * 2 ** 32 + this.view.getUint32(at + 4);
    if (high > MAX_SAFE_HIGH || high < -MAX_SAFE_HIGH - 1 || !Number.isSafeInteger(value)) {
      throw new WireError(`int64 ${this.view.getBigInt64(at)} does not fit 53 bits`, at);
    }
    return value;
  }

  int64Exact(): bigint {
    return this.view.getBigInt64(this.take(8, "int64"));
  }

  uvarint(): number {
    const start = this.at;
    let value = 0;
    for (let i = 0; i < UVARINT_BYTES_MAX; i++) {
      const byte = this.bytes[this.take(1, "varint")] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (value <= 0xffff_ffff) return value;
        break;
      }
    }
    throw new WireError("varint is longer than 32 bits", start);
  }

  uuid(): string {
    const at = this.take(16, "uuid");
    return uuidText(this.bytes, at);
  }

  private text(length: number): string {
    const at = this.take(length, "string");
    return this.buffer.toString("utf8", at, at + length);
  }

  private view8(length: number, what: string): Uint8Array {
    if (length === 0) return EMPTY;
    const at = this.take(length, what);
    return this.bytes.subarray(at, at + length);
  }

  private notNull<T>(value: T | null, what: string): T {
    if (value === null) throw new WireError(`${what} must not be null`, this.at);
    return value;
  }

  string(): string {
    return this.notNull(this.nullableString(), "string");
  }

  nullableString(): string | null {
    const length = this.int16();
    if (length === -1) return null;
    if (length < 0) throw new WireError(`string length ${length}`, this.at - 2);
    return this.text(length);
  }

  compactString(): string {
    return this.notNull(this.compactNullableString(), "string");
  }

  compactNullableString(): string | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.text(length);
  }

  bytes32(): Uint8Array {
    return this.notNull(this.nullableBytes32(), "bytes");
  }

  nullableBytes32(): Uint8Array | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) throw new WireError(`bytes length ${length}`, this.at - 4);
    return this.view8(length, "bytes");
  }

  compactBytes(): Uint8Array {
    return this.notNull(this.compactNullableBytes(), "bytes");
  }

  compactNullableBytes(): Uint8Array | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.view8(length, "bytes");
  }

  /** How many elements follow, -1 for null; each takes at least `elementBytesMin`. */
  count(elementBytesMin: number): number {
    return this.checkedCount(this.int32(), elementBytesMin);
  }

  compactCount(elementBytesMin: number): number {
    return this.checkedCount(this.uvarint() - 1, elementBytesMin);
  }

  private checkedCount(count: number, elementBytesMin: number): number {
    if (count < -1 || count * elementBytesMin > this.end - this.at) {
      throw new WireError(`array of ${count} elements in ${this.end - this.at} bytes`, this.at);
    }
    return count;
  }

  /** A count where null is not allowed. */
  some(count: number): number {
    if (count < 0) throw new WireError("array must not be null", this.at);
    return count;
  }

  /** Whether a nullable struct is there: one byte, -1 for null. */
  present(): boolean {
    const mark = this.int8();
    if (mark !== -1 && mark !== 1) throw new WireError(`struct mark ${mark}`, this.at - 1);
    return mark === 1;
  }

  /** Where the tagged field that starts here ends. */
  tagEnd(): number {
    const size = this.uvarint();
    if (size > this.remaining()) {
      throw new WireError(`tagged field of ${size} bytes, ${this.remaining()} are left`, this.at);
    }
    return this.at + size;
  }
}

const INITIAL_BYTES = 512;
/** Blobs from this size on are handed on by reference instead of being copied into the writer. */
const REFERENCE_BYTES_MIN = 2048;

export class Writer {
  private buffer: Buffer;
  private view: DataView;
  /** Where the bytes begin that are in `buffer` and in no chunk yet. */
  private start = 0;
  private at = 0;
  private readonly chunks: Uint8Array[] = [];
  private chunkBytes = 0;
  private first: Buffer | undefined;

  constructor(initialBytes = INITIAL_BYTES) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
    this.view = new DataView(this.buffer.buffer, 0, initialBytes);
  }

  /** Bytes written so far, chunks included. */
  get length(): number {
    return this.chunkBytes + this.at - this.start;
  }

  private room(count: number): number {
    const at = this.at;
    if (at + count > this.buffer.byteLength) this.grow(count);
    const room = this.at;
    this.at += count;
    return room;
  }

  private grow(count: number): void {
    const kept = this.at - this.start;
    const size = Math.max(this.buffer.byteLength * 2, kept + count + INITIAL_BYTES);
    const buffer = Buffer.allocUnsafeSlow(size);
    this.buffer.copy(buffer, 0, this.start, this.at);
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, 0, size);
    this.start = 0;
    this.at = kept;
  }

  boolean(value: boolean): void {
    const at = this.room(1);
    this.view.setInt8(at, value ? 1 : 0);
  }

  int8(value: number): void {
    const at = this.room(1);
    this.view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.room(2);
    this.view.setInt16(at, value);
  }

  uint16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, value);
  }

  int32(value: number): void {
    const at = this.room(4);
    this.view.setInt32(at, value);
  }

  uint32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value);
  }

  float64(value: number): void {
    const at = this.room(8);
    this.view.setFloat64(at, value);
  }

  int64(value: number): void {
    const at = this.room(8);
    const high = Math.floor(value / 2 ** 32);
    this.view.setInt32(at, high);
    this.view.setUint32(at + 4, value - high * 2 ** 32);
  }

  int64Exact(value: bigint): void {
    const at = this.room(8);
    this.view.setBigInt64(at, value);
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      const at = this.room(1);
      this.view.setUint8(at, (rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    const at = this.room(1);
    this.view.setUint8(at, rest);
  }

  uuid(value: string): void {
    const at = this.room(16);
    if (value === ZERO_UUID) {
      this.buffer.fill(0, at, at + 16);
      return;
    }
    const written = value.length === 22 ? this.buffer.write(value, at, 16, "base64url") : 0;
    if (written !== 16) throw new RangeError(`not a uuid of 22 characters: "${value}"`);
  }

  private text(value: string, length: number): void {
    const at = this.room(length);
    this.buffer.write(value, at, length, "utf8");
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    if (length > 0x7fff) throw new RangeError(`string of ${length} bytes, at most 32767 fit`);
    this.int16(length);
    this.text(value, length);
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    const length = Buffer.byteLength(value);
    this.uvarint(length + 1);
    this.text(value, length);
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0);
    else this.compactString(value);
  }

  /** The bytes themselves, without a length. Large ones are not copied: they must not change. */
  raw(value: Uint8Array): void {
    if (value.byteLength < REFERENCE_BYTES_MIN) {
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
    const chunk = this.buffer.subarray(this.start, this.at);
    this.first ??= chunk;
    this.chunks.push(chunk);
    this.chunkBytes += chunk.byteLength;
    this.start = this.at;
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

  /** A tagged field: its number, its size, and what `content` writes. */
  tagged(tag: number, content: (writer: Writer) => void): void {
    const inner = new Writer(64);
    content(inner);
    this.uvarint(tag);
    this.uvarint(inner.length);
    for (const chunk of inner.finishChunks()) this.raw(chunk);
  }

  /** Overwrites the first four bytes: the length of a frame, known at its end. */
  patchFirstInt32(value: number): void {
    const head = this.first ?? this.buffer.subarray(this.start);
    head.writeInt32BE(value, 0);
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
    return this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks);
  }
}
