// The sparse time index of a segment, in memory and as Kafka's `.timeindex` file: entries of eight
// bytes timestamp and four bytes offset less base offset, both ascending. An entry says that no
// record up to the offset has a larger timestamp, and that the batch which ends at the offset has
// this one (`TimeIndex` of Kafka, KIP-33).
//
// Lives on: anywhere (pure; the active segment has one, older segments' are loaded when needed).

import { assert } from "../base/assert.ts";
import { readInt32, readInt64, writeInt32, writeInt64 } from "../protocol/record-batch.ts";
import { endWithoutZeros, RELATIVE_OFFSET_MAX } from "./offset-index.ts";

export const TIME_INDEX_ENTRY_BYTES = 12;

const FIRST_CAPACITY = 16;

export class TimeIndex {
  readonly baseOffset: number;
  private timestamps: Float64Array;
  private relative: Int32Array;
  private count = 0;

  constructor(baseOffset: number, capacity = FIRST_CAPACITY) {
    this.baseOffset = baseOffset;
    this.timestamps = new Float64Array(capacity);
    this.relative = new Int32Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  get memoryBytes(): number {
    return this.relative.byteLength + this.timestamps.byteLength;
  }

  /** -1 when the index is empty. */
  get lastTimestamp(): number {
    return this.count === 0 ? -1 : this.timestamps[this.count - 1]!;
  }

  get lastOffset(): number {
    return this.count === 0 ? this.baseOffset : this.offsetAt(this.count - 1);
  }

  /** Only a timestamp larger than all before makes an entry. */
  append(timestamp: number, offset: number): void {
    if (timestamp <= this.lastTimestamp) return;
    const relative = offset - this.baseOffset;
    assert(relative >= 0 && relative <= RELATIVE_OFFSET_MAX, `time index offset ${offset}`);
    assert(
      this.count === 0 || relative >= this.relative[this.count - 1]!,
      `time index entry ${timestamp} for ${offset} does not ascend`,
    );
    if (this.count === this.relative.length) this.grow();
    this.timestamps[this.count] = timestamp;
    this.relative[this.count] = relative;
    this.count += 1;
  }

  timestampAt(slot: number): number {
    return this.timestamps[slot]!;
  }

  offsetAt(slot: number): number {
    return this.baseOffset + this.relative[slot]!;
  }

  /** An offset such that no batch which ends below it has a record as late as `timestamp`. */
  offsetBefore(timestamp: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timestamps[middle]! <= timestamp) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? this.baseOffset : this.offsetAt(low - 1);
  }

  /** Entries of offsets from `offset` on go. */
  truncateTo(offset: number): void {
    while (this.count > 0 && this.offsetAt(this.count - 1) >= offset) this.count -= 1;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.count * TIME_INDEX_ENTRY_BYTES);
    for (let slot = 0, at = 0; slot < this.count; slot++, at += TIME_INDEX_ENTRY_BYTES) {
      writeInt64(bytes, at, this.timestamps[slot]!);
      writeInt32(bytes, at + 8, this.relative[slot]!);
    }
    return bytes;
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.relative.length * 2);
    const timestamps = new Float64Array(capacity);
    const relative = new Int32Array(capacity);
    timestamps.set(this.timestamps);
    relative.set(this.relative);
    this.timestamps = timestamps;
    this.relative = relative;
  }
}

/** Null when the bytes are no time index. Zeros that pad a file which Kafka had open are left out. */
export function decodeTimeIndex(baseOffset: number, bytes: Uint8Array): TimeIndex | null {
  if (bytes.length % TIME_INDEX_ENTRY_BYTES !== 0) return null;
  const end = endWithoutZeros(bytes, TIME_INDEX_ENTRY_BYTES);
  const index = new TimeIndex(baseOffset, end / TIME_INDEX_ENTRY_BYTES);
  for (let at = 0; at < end; at += TIME_INDEX_ENTRY_BYTES) {
    const timestamp = readInt64(bytes, at);
    const relative = readInt32(bytes, at + 8);
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) return null;
    if (index.size > 0 && timestamp <= index.lastTimestamp) return null;
    if (relative < 0 || baseOffset + relative < index.lastOffset) return null;
    index.append(timestamp, baseOffset + relative);
  }
  return index;
}
