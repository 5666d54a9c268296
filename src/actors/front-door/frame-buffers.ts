// Buffers for frames that span chunks, used again and again. A fresh megabyte for every request costs
// its zeroing, its page faults and a share of the garbage collector's time, which together were more
// than all the rest of a produce; a buffer given back costs nothing.
//
// Whoever gives one back promises that nobody looks at its bytes any more. Its first bytes are
// overwritten at once, so that a broken promise shows as a wrong checksum and not once in a while.
//
// Lives on: anywhere (pure; part of the front door).

/** Bytes kept for later, over all connections of a host. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
/** What is written over the head of a buffer that was given back. */
const POISON = 0xdb;
const POISONED_BYTES = 64;

/** Four sizes to an octave: at most a quarter of a buffer is never used. */
function roomFor(length: number): number {
  const step = 2 ** Math.max(10, Math.floor(Math.log2(length)) - 2);
  return Math.ceil(length / step) * step;
}

export class FrameBuffers {
  readonly #free = new Map<number, Uint8Array[]>();
  #keptBytes = 0;

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** `length` bytes of any content. */
  take(length: number): Uint8Array {
    const room = roomFor(length);
    const kept = this.#free.get(room)?.pop();
    if (kept === undefined) return new Uint8Array(room).subarray(0, length);
    this.#keptBytes -= room;
    return kept.subarray(0, length);
  }

  /** What `take` gave, and nobody needs any more. */
  giveBack(bytes: Uint8Array): void {
    const whole = new Uint8Array(bytes.buffer);
    whole.fill(POISON, 0, POISONED_BYTES);
    if (this.#keptBytes + whole.length > KEPT_BYTES_MAX) return;
    const free = this.#free.get(whole.length);
    if (free === undefined) this.#free.set(whole.length, [whole]);
    else free.push(whole);
    this.#keptBytes += whole.length;
  }
}
