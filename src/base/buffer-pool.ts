// Buffers that are used again and again. A fresh megabyte for every request or answer costs its
// zeroing, its page faults and a share of the garbage collector's time, which together were more than
// all the rest of a produce or a fetch; a buffer given back costs nothing.
//
// Whoever gives one back promises that nobody looks at its bytes any more. Its first bytes are
// overwritten at once, so that a broken promise shows as a wrong checksum and not once in a while.
//
// Lives on: anywhere.

/** What is written over the head of a buffer that was given back. */
const POISON = 0xdb;
const POISONED_BYTES = 64;

/** Four sizes to an octave: at most a quarter of a buffer is never used. */
function roomFor(length: number): number {
  const step = 2 ** Math.max(10, Math.floor(Math.log2(length)) - 2);
  return Math.ceil(length / step) * step;
}

export class BufferPool {
  readonly #keptBytesMax: number;
  /** By size; the size that was given back last is the last. No list is empty. */
  readonly #free = new Map<number, Uint8Array<ArrayBuffer>[]>();
  #keptBytes = 0;

  /** Keeps at most so many bytes for later. */
  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** `length` bytes of any content. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const room = roomFor(length);
    const kept = this.#takeFree(room);
    if (kept === undefined) return new Uint8Array(room).subarray(0, length);
    return kept.subarray(0, length);
  }

  /** A buffer that `take` gave, and nobody needs any more. */
  giveBack(buffer: ArrayBuffer): void {
    const whole = new Uint8Array(buffer);
    whole.fill(POISON, 0, POISONED_BYTES);
    const room = whole.length;
    if (room > this.#keptBytesMax) return void buffer.transfer(0);
    const free = this.#free.get(room) ?? [];
    // Sizes that were in use once make room for those that are now: else they would fill the pool for
    // good, and every buffer from then on would be a fresh one.
    this.#free.delete(room);
    free.push(whole);
    this.#free.set(room, free);
    this.#keptBytes += room;
    while (this.#keptBytes > this.#keptBytesMax) {
      // Freed at once: the garbage collector would be called for little else.
      this.#takeFree(this.#oldestSize())?.buffer.transfer(0);
    }
  }

  #oldestSize(): number {
    const [size] = this.#free.keys();
    return size!;
  }

  #takeFree(room: number): Uint8Array<ArrayBuffer> | undefined {
    const free = this.#free.get(room);
    const buffer = free?.pop();
    if (free === undefined || buffer === undefined) return undefined;
    if (free.length === 0) this.#free.delete(room);
    this.#keptBytes -= room;
    return buffer;
  }
}
