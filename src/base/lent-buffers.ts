// Buffers that were lent, and by how many they are held: who was handed one, and everyone it was passed on
// to. Each gives it back once, in any order. Who loses one instead keeps it from being used again, and
// harms nobody; the garbage collector has it then.
//
// Lives on: anywhere.

export class LentBuffers {
  readonly #holders = new WeakMap<ArrayBuffer, number>();

  /** To one holder. */
  lend(buffer: ArrayBuffer): void {
    this.#holders.set(buffer, 1);
  }

  /** There is one holder more; of a buffer that was not lent nothing is noted. */
  retain(buffer: ArrayBuffer): void {
    const holders = this.#holders.get(buffer);
    if (holders !== undefined) this.#holders.set(buffer, holders + 1);
  }

  /** One holder gives it back. True: it was lent, and that was the last one. */
  release(buffer: ArrayBuffer): boolean {
    const holders = this.#holders.get(buffer);
    if (holders === undefined) return false;
    if (holders === 1) return this.#holders.delete(buffer);
    this.#holders.set(buffer, holders - 1);
    return false;
  }
}
