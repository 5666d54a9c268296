// Reads the primitive types. A reader never trusts a length: it is compared with the bytes left
// before anything is allocated or skipped, and the number of elements of one message is bounded,
// because an element can be far larger in memory than on the wire. Nesting needs no bound of its own:
// a declaration nests as deep as it is written and never refers to itself, so bytes cannot go deeper.
//
// Lives on: anywhere.

import { isUtf8 } from "node:buffer";
import { uuidText } from "../../base/uuid.ts";
import { WireError } from "./errors.ts";

/** What `toString("utf8")` of a Buffer comes to; it takes any view, so that no Buffer need be made. */
const { utf8Slice } = Buffer.prototype as unknown as {
  readonly utf8Slice: (this: Uint8Array, from: number, to: number) => string;
};

const UVARINT_MAX = 0x7fff_ffff;
const STRING_BYTES_MAX = 0x7fff;
const MAX_SAFE_HIGH = 0x1f_ffff;
/** Up to here a loop in JavaScript beats the call into the runtime. */
const SHORT_TEXT_BYTES = 12;
/** Structs in one message, unless the caller allows more; an unknown tagged field counts as many. */
const ELEMENTS_MAX = 1 << 20;

/** An int64 as a number; beyond 2^53 it would lie, so that is refused. */
export function int64At(view: DataView, at: number): number {
  const high = view.getInt32(at);
  const value = high * 2 ** 32 + view.getUint32(at + 4);
  // -2^53 itself is out as well: it is what -2^53 - 1 would be rounded to.
  if (high > MAX_SAFE_HIGH || value < Number.MIN_SAFE_INTEGER) {
    throw new WireError(`int64 ${view.getBigInt64(at)} does not fit 53 bits`, at);
  }
  return value;
}

export class Reader {
  at: number;
  /** Generated code lowers it to where a tagged field ends, while it reads that field. */
  end: number;
  readonly bytes: Uint8Array;
  private dataView: DataView | undefined;
  /** How many more structs may be made; whoever expects a larger message may set it. */
  elementsLeft = ELEMENTS_MAX;
  constructor(bytes: Uint8Array, at = 0, end = bytes.byteLength) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.dataView = undefined;
  }

  /** For long runs of numbers. Made when first needed: it costs as much as reading thirty of them. */
  get view(): DataView {
    const { bytes } = this;
    return (this.dataView ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  remaining(): number {
    return this.end - this.at;
  }

  /** Moves past `count` bytes and answers where they begin. */
  take(count: number): number {
    const at = this.at;
    if (count > this.end - at) {
      throw new WireError(`${count} bytes are needed, ${this.end - at} are left`, at);
    }
    this.at = at + count;
    return at;
  }

  boolean(): boolean {
    return this.bytes[this.take(1)] !== 0;
  }

  int8(): number {
    return (this.bytes[this.take(1)]! << 24) >> 24;
  }

  int16(): number {
    return (this.uint16() << 16) >> 16;
  }

  uint16(): number {
    const at = this.take(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  int32(): number {
    const at = this.take(4);
    const { bytes } = this;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  float64(): number {
    return this.view.getFloat64(this.take(8));
  }

  /** As a number; a value that a number cannot hold is refused. */
  int64(): number {
    return int64At(this.view, this.take(8));
  }

  int64Exact(): bigint {
    return this.view.getBigInt64(this.take(8));
  }

  uuid(): string {
    return uuidText(this.bytes, this.take(16));
  }

  uvarint(): number {
    const at = this.at;
    const first = at < this.end ? this.bytes[at]! : 0x80;
    if (first > 0x7f) return this.longUvarint();
    this.at = at + 1;
    return first;
  }

  /** At most five bytes and 31 bits. Padding within the five is let through, as Kafka does. */
  private longUvarint(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 1; shift < 2 ** 35; shift *= 128) {
      const byte = this.bytes[this.take(1)]!;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80 && value <= UVARINT_MAX) return value;
      if (byte < 0x80) break;
    }
    throw new WireError("a varint is longer than 31 bits", start);
  }

  /** Malformed UTF-8 is refused: as replacement characters it would come back as other bytes. */
  private text(length: number): string {
    const at = this.take(length);
    if (length <= SHORT_TEXT_BYTES) {
      let text = "";
      let i = at;
      while (i < this.at && this.bytes[i]! < 0x80) text += String.fromCharCode(this.bytes[i++]!);
      if (i === this.at) return text;
    }
    const { bytes } = this;
    const text = utf8Slice.call(bytes, at, at + length);
    // Only text that has replacement characters can be malformed, and hardly any has.
    if (text.includes("\ufffd") && !isUtf8(bytes.subarray(at, at + length))) {
      throw new WireError("text that is not UTF-8", at);
    }
    return text;
  }

  /** A view of the frame, of its own even when empty: views may be given away. */
  private viewOf(length: number): Uint8Array {
    const at = this.take(length);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, length);
  }

  private notNull<T>(value: T | null, what: string): T {
    if (value === null) throw new WireError(`null where ${what} must be`, this.at);
    return value;
  }

  string(): string {
    return this.notNull(this.nullableString(), "a string");
  }

  nullableString(): string | null {
    const length = this.int16();
    if (length >= 0) return this.text(length);
    if (length === -1) return null;
    throw new WireError(`a string of length ${length}`, this.at - 2);
  }

  compactString(): string {
    return this.notNull(this.compactNullableString(), "a string");
  }

  compactNullableString(): string | null {
    const length = this.uvarint() - 1;
    if (length > STRING_BYTES_MAX) throw new WireError(`a string of length ${length}`, this.at);
    return length < 0 ? null : this.text(length);
  }

  bytes32(): Uint8Array {
    return this.notNull(this.nullableBytes32(), "bytes");
  }

  nullableBytes32(): Uint8Array | null {
    const length = this.int32();
    if (length >= 0) return this.viewOf(length);
    if (length === -1) return null;
    throw new WireError(`bytes of length ${length}`, this.at - 4);
  }

  compactBytes(): Uint8Array {
    return this.notNull(this.compactNullableBytes(), "bytes");
  }

  compactNullableBytes(): Uint8Array | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.viewOf(length);
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
      throw new WireError(`an array of ${count} in ${this.end - this.at} bytes`, this.at);
    }
    return count;
  }

  /** A count where null is not allowed. */
  some(count: number): number {
    if (count < 0) throw new WireError("null where an array must be", this.at);
    return count;
  }

  /** Counts objects about to be made; tells when one message asks for too many. */
  spend(elements: number): void {
    this.elementsLeft -= elements;
    if (this.elementsLeft < 0) throw new WireError("too many elements in one message", this.at);
  }

  /** Whether a nullable struct is there: one byte, -1 for null. */
  present(): boolean {
    const mark = this.int8();
    if (mark !== -1 && mark !== 1) throw new WireError(`a struct marked ${mark}`, this.at - 1);
    return mark === 1;
  }

  /** The same of a tagged struct, whose mark Kafka's generator writes as a varint: 0 for null. */
  taggedPresent(): boolean {
    const mark = this.uvarint();
    if (mark > 1) throw new WireError(`a struct marked ${mark}`, this.at - 1);
    return mark === 1;
  }

  /** Where the tagged field that starts here ends. */
  tagEnd(): number {
    const size = this.uvarint();
    if (size > this.end - this.at) {
      throw new WireError(`a tagged field of ${size} in ${this.end - this.at} bytes`, this.at);
    }
    return this.at + size;
  }
}
