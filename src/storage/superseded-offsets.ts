// What is known of every record in the part of a log that has been mapped, by its offset: whether a
// later one has its key, and whether it is a tombstone. So the second look at it takes neither digests
// nor the map.
//
// Lives on: anywhere (pure). Hot: once per record that is looked at.

import { baseOffsetOf, lastOffsetOf, recordCountOf } from "../protocol/record-batch.ts";

/** A bit each. */
const BITMAPS = 2;

export class SupersededOffsets {
  private readonly from: number;
  private readonly superseded: Uint8Array;
  private readonly tombstones: Uint8Array;
  /** Of the offsets that there is room for. */
  private readonly end: number;

  /** Where the bound does not allow for all the offsets, nothing is known of any. */
  constructor(from: number, end: number, bytesMax: number) {
    const bytes = Math.ceil((end - from) / 8);
    const isTooLong = bytes * BITMAPS > bytesMax;
    this.from = from;
    this.end = isTooLong ? from : end;
    this.superseded = new Uint8Array(isTooLong ? 0 : bytes);
    this.tombstones = new Uint8Array(isTooLong ? 0 : bytes);
  }

  /** Also one without a key: nobody needs it either. */
  supersede(offset: number): void {
    this.set(this.superseded, offset);
  }

  bury(offset: number): void {
    this.set(this.tombstones, offset);
  }

  isSuperseded(offset: number): boolean {
    return this.has(this.superseded, offset);
  }

  isTombstone(offset: number): boolean {
    return this.has(this.tombstones, offset);
  }

  /** Whether all is known of a batch that has been mapped: that it has a record at each of its offsets. */
  covers(batches: Uint8Array, at: number): boolean {
    const base = baseOffsetOf(batches, at);
    const last = lastOffsetOf(batches, at);
    return base >= this.from && last < this.end && last - base + 1 === recordCountOf(batches, at);
  }

  private set(bits: Uint8Array, offset: number): void {
    if (offset < this.from || offset >= this.end) return;
    const index = offset - this.from;
    bits[Math.floor(index / 8)]! |= 1 << (index & 7);
  }

  private has(bits: Uint8Array, offset: number): boolean {
    const index = offset - this.from;
    return ((bits[Math.floor(index / 8)]! >>> (index & 7)) & 1) === 1;
  }
}
