// The newest offset of every key in the part of a log that is being compacted (`SkimpyOffsetMap` of
// Kafka). Keys are known by 128-bit digests, so two of n keys are taken for one with a probability of
// about n^2 / 2^129. A slot takes 24 bytes, as Kafka's does.
//
// All slots that may be needed are asked for at once: growing would mean to move millions of keys while
// the host waits. What no key has touched is no memory yet.
//
// Lives on: anywhere (pure). Hot: once per record that is looked at.

import { WORDS_PER_DIGEST } from "../protocol/record-batch.ts";

export const BYTES_PER_SLOT = WORDS_PER_DIGEST * 4 + 8;

/** Offsets are kept plus one, so that fresh memory is a map without keys. */
const FREE = 0;
const FIRST_SLOTS = 1024;

export class KeyMap {
  /** How many keys it is to hold at most. */
  readonly sizeMax: number;
  private readonly loadFactor: number;
  private digests: Int32Array;
  private nextOffsets: Float64Array;
  private count = 0;

  /** At least one key fits, whatever the bound. `keysExpected`: at most. */
  constructor(bytesMax: number, loadFactor: number, keysExpected: number) {
    const slotsMax = Math.max(2, Math.floor(bytesMax / BYTES_PER_SLOT));
    this.loadFactor = Math.min(loadFactor, 0.95);
    this.sizeMax = Math.max(1, Math.floor(slotsMax * this.loadFactor));
    const wanted = Math.ceil(keysExpected / this.loadFactor) + 1;
    const slots = Math.min(slotsMax, Math.max(FIRST_SLOTS, wanted));
    this.digests = new Int32Array(slots * WORDS_PER_DIGEST);
    this.nextOffsets = new Float64Array(slots);
  }

  get size(): number {
    return this.count;
  }

  hasRoomFor(keys: number): boolean {
    return this.count + keys <= this.sizeMax;
  }

  /**
   * The digest is four words of `words` from `at` on. The largest offset counts; the other one is
   * answered, -1 when there is none.
   */
  put(words: Int32Array, at: number, offset: number): number {
    if (this.count + 1 > this.nextOffsets.length * this.loadFactor) this.grow();
    const slot = this.slotOf(words, at);
    const known = this.nextOffsets[slot]!;
    if (known === FREE) {
      this.count += 1;
      for (let word = 0; word < WORDS_PER_DIGEST; word++) {
        this.digests[slot * WORDS_PER_DIGEST + word] = words[at + word]!;
      }
    }
    if (offset + 1 <= known) return offset;
    this.nextOffsets[slot] = offset + 1;
    return known - 1;
  }

  /** -1 when the key is not there. */
  get(words: Int32Array, at: number): number {
    return this.nextOffsets[this.slotOf(words, at)]! - 1;
  }

  /** Where the key is, or a free slot for it. The digest's words are as good as random. */
  private slotOf(words: Int32Array, at: number): number {
    const { digests, nextOffsets } = this;
    const slots = nextOffsets.length;
    let slot = (words[at]! >>> 0) % slots;
    while (nextOffsets[slot]! !== FREE) {
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

  /** For a single batch that has more keys than the bound allows. */
  private grow(): void {
    const { digests, nextOffsets, count } = this;
    const slots = nextOffsets.length * 2;
    this.digests = new Int32Array(slots * WORDS_PER_DIGEST);
    this.nextOffsets = new Float64Array(slots);
    this.count = 0;
    for (let slot = 0; slot < nextOffsets.length; slot++) {
      const next = nextOffsets[slot]!;
      if (next !== FREE) this.put(digests, slot * WORDS_PER_DIGEST, next - 1);
    }
    this.count = count;
  }
}
