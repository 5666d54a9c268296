// The newest offset of every key in the part of a log that is being compacted (`SkimpyOffsetMap` of
// Kafka). Keys are known by 128-bit digests, so two of n keys are taken for one with a probability of
// about n^2 / 2^129. A slot takes 24 bytes, as Kafka's does; the map grows up to the slots it may have.
//
// Lives on: anywhere (pure). Hot: once per record that is looked at.

import { WORDS_PER_DIGEST } from "../protocol/record-batch.ts";

export const BYTES_PER_SLOT = WORDS_PER_DIGEST * 4 + 8;

const FREE = -1;
const FIRST_SLOTS = 1024;

export class KeyMap {
  /** How many keys it is to hold at most. */
  readonly sizeMax: number;
  private readonly loadFactor: number;
  private digests: Int32Array;
  private offsets: Float64Array;
  private count = 0;

  /** At least one key fits, whatever the bound. */
  constructor(bytesMax: number, loadFactor: number) {
    const slotsMax = Math.max(2, Math.floor(bytesMax / BYTES_PER_SLOT));
    this.loadFactor = Math.min(loadFactor, 0.95);
    this.sizeMax = Math.max(1, Math.floor(slotsMax * this.loadFactor));
    const slots = Math.min(slotsMax, FIRST_SLOTS);
    this.digests = new Int32Array(slots * WORDS_PER_DIGEST);
    this.offsets = new Float64Array(slots).fill(FREE);
  }

  get size(): number {
    return this.count;
  }

  hasRoomFor(keys: number): boolean {
    return this.count + keys <= this.sizeMax;
  }

  /** The digest is four words of `words` from `at` on. The largest offset counts. */
  put(words: Int32Array, at: number, offset: number): void {
    if (this.count + 1 > this.offsets.length * this.loadFactor) this.grow();
    const slot = this.slotOf(words, at);
    const known = this.offsets[slot]!;
    if (known === FREE) {
      this.count += 1;
      for (let word = 0; word < WORDS_PER_DIGEST; word++) {
        this.digests[slot * WORDS_PER_DIGEST + word] = words[at + word]!;
      }
    }
    if (offset > known) this.offsets[slot] = offset;
  }

  /** -1 when the key is not there. */
  get(words: Int32Array, at: number): number {
    return this.offsets[this.slotOf(words, at)]!;
  }

  /** Where the key is, or a free slot for it. The digest's words are as good as random. */
  private slotOf(words: Int32Array, at: number): number {
    const { digests, offsets } = this;
    const slots = offsets.length;
    let slot = (words[at]! >>> 0) % slots;
    while (offsets[slot]! !== FREE) {
      const digest = slot * WORDS_PER_DIGEST;
      if (
        digests[digest] === words[at] &&
        digests[digest + 1] === words[at + 1] &&
        digests[digest + 2] === words[at + 2] &&
        digests[digest + 3] === words[at + 3]
      ) {
        break;
      }
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
    return slot;
  }

  /** To no more slots than `sizeMax` keys need, unless a single batch asks for more. */
  private grow(): void {
    const { digests, offsets, count } = this;
    const slotsMax = Math.ceil(this.sizeMax / this.loadFactor) + 1;
    const doubled = offsets.length * 2;
    const slots = offsets.length < slotsMax ? Math.min(doubled, slotsMax) : doubled;
    this.digests = new Int32Array(slots * WORDS_PER_DIGEST);
    this.offsets = new Float64Array(slots).fill(FREE);
    this.count = 0;
    for (let slot = 0; slot < offsets.length; slot++) {
      const offset = offsets[slot]!;
      if (offset !== FREE) this.put(digests, slot * WORDS_PER_DIGEST, offset);
    }
    this.count = count;
  }
}
