// The sparse offset index of a segment, in memory and as Kafka's `.index` file: entries of offset
// less base offset and file position, four bytes each, both ascending. An entry names the *last*
// offset of the batch that begins at its position (`OffsetIndex` and `LogSegment.append` of Kafka).
//
// Lives on: anywhere (pure; the active segment has one, older segments' are loaded when needed).

import { assert } from "../base/assert.ts";
import { readInt32, writeInt32 } from "../protocol/record-batch.ts";

export const OFFSET_INDEX_ENTRY_BYTES = 8;

/** The largest distance from the base offset that an entry can tell. */
export const RELATIVE_OFFSET_MAX = 0x7fff_ffff;

const NONE_BEFORE = -1;
const FIRST_CAPACITY = 16;

export class OffsetIndex {
  readonly baseOffset: number;
  private relative: Int32Array;
  private positions: Int32Array;
  private count = 0;

  constructor(baseOffset: number, capacity = FIRST_CAPACITY) {
    this.baseOffset = baseOffset;
    this.relative = new Int32Array(capacity);
    this.positions = new Int32Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  get memoryBytes(): number {
    return this.relative.byteLength + this.positions.byteLength;
  }

  append(offset: number, position: number): void {
    const relative = offset - this.baseOffset;
    assert(relative >= 0 && relative <= RELATIVE_OFFSET_MAX, `index offset ${offset}`);
    if (this.count > 0) {
      const last = this.count - 1;
      assert(
        relative > this.relative[last]! && position > this.positions[last]!,
        `index entry ${offset} at ${position} does not ascend`,
      );
    }
    if (this.count === this.relative.length) this.grow();
    this.relative[this.count] = relative;
    this.positions[this.count] = position;
    this.count += 1;
  }

  offsetAt(slot: number): number {
    return this.baseOffset + this.relative[slot]!;
  }

  positionAt(slot: number): number {
    return this.positions[slot]!;
  }

  /** The last slot whose offset is at most `offset`; -1 when there is none. */
  floor(offset: number): number {
    let low = 0;
    let high = this.count;
    const wanted = offset - this.baseOffset;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.relative[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The position of a batch from which the one that holds `offset` is reached going forward. */
  positionBefore(offset: number): number {
    const slot = this.floor(offset);
    return slot < 0 ? 0 : this.positions[slot]!;
  }

  /** The position of a batch that does not end below `offset`; `none` when the index knows of none. */
  positionFrom(offset: number, none: number): number {
    const slot = this.floor(offset - 1) + 1;
    return slot < this.count ? this.positions[slot]! : none;
  }

  /** Entries of offsets from `offset` on go. */
  truncateTo(offset: number): void {
    this.count = this.floor(offset - 1) + 1;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.count * OFFSET_INDEX_ENTRY_BYTES);
    for (let slot = 0, at = 0; slot < this.count; slot++, at += OFFSET_INDEX_ENTRY_BYTES) {
      writeInt32(bytes, at, this.relative[slot]!);
      writeInt32(bytes, at + 4, this.positions[slot]!);
    }
    return bytes;
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.relative.length * 2);
    const relative = new Int32Array(capacity);
    const positions = new Int32Array(capacity);
    relative.set(this.relative);
    positions.set(this.positions);
    this.relative = relative;
    this.positions = positions;
  }
}

/**
 * Null when the bytes are no index of a segment of `segmentBytes`. A file that Kafka had open when it
 * died is padded with zeros to its full size; they are left out.
 */
export function decodeOffsetIndex(
  baseOffset: number,
  bytes: Uint8Array,
  segmentBytes: number,
): OffsetIndex | null {
  if (bytes.length % OFFSET_INDEX_ENTRY_BYTES !== 0) return null;
  const end = endWithoutZeros(bytes, OFFSET_INDEX_ENTRY_BYTES);
  const index = new OffsetIndex(baseOffset, end / OFFSET_INDEX_ENTRY_BYTES);
  let lastRelative = NONE_BEFORE;
  let lastPosition = NONE_BEFORE;
  for (let at = 0; at < end; at += OFFSET_INDEX_ENTRY_BYTES) {
    const relative = readInt32(bytes, at);
    const position = readInt32(bytes, at + 4);
    if (relative <= lastRelative || position <= lastPosition) return null;
    if (position >= segmentBytes) return null;
    index.append(baseOffset + relative, position);
    lastRelative = relative;
    lastPosition = position;
  }
  return index;
}

/** Where the entries end that are not zeros all over. */
export function endWithoutZeros(bytes: Uint8Array, entryBytes: number): number {
  let last = bytes.length;
  while (last > 0 && bytes[last - 1] === 0) last -= 1;
  return Math.ceil(last / entryBytes) * entryBytes;
}
