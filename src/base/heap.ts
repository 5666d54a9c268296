// A binary min-heap whose ties come out in the order they went in: timers due at the same moment
// and simulated events at the same time must have one order, always the same.
//
// Lives on: anywhere.

export class MinHeap<T> {
  // Three arrays side by side instead of one of entry objects: nothing is allocated per push.
  readonly #keys: number[] = [];
  readonly #orders: number[] = [];
  readonly #values: T[] = [];
  #pushed = 0;

  get size(): number {
    return this.#values.length;
  }

  push(key: number, value: T): void {
    const order = this.#pushed++;
    let at = this.#values.length;
    this.#keys.push(key);
    this.#orders.push(order);
    this.#values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      // A newcomer is the youngest of its key: only a strictly greater parent yields.
      if (this.#keys[parent]! <= key) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, key, order, value);
  }

  /** The least key; `undefined` when empty. */
  peekKey(): number | undefined {
    return this.#keys[0];
  }

  peek(): T | undefined {
    return this.#values[0];
  }

  /** Takes out the value with the least key, of equal keys the one pushed first. */
  pop(): T | undefined {
    const top = this.#values[0];
    const key = this.#keys.pop();
    const order = this.#orders.pop();
    const value = this.#values.pop();
    if (this.#values.length > 0) this.#sink(key!, order!, value!);
    return top;
  }

  clear(): void {
    this.#keys.length = 0;
    this.#orders.length = 0;
    this.#values.length = 0;
  }

  #sink(key: number, order: number, value: T): void {
    const length = this.#values.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#isBefore(child + 1, this.#keys[child]!, this.#orders[child]!))
        child += 1;
      if (!this.#isBefore(child, key, order)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, key, order, value);
  }

  #isBefore(at: number, key: number, order: number): boolean {
    const own = this.#keys[at]!;
    return own < key || (own === key && this.#orders[at]! < order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#keys[from]!, this.#orders[from]!, this.#values[from]!);
  }

  #put(at: number, key: number, order: number, value: T): void {
    this.#keys[at] = key;
    this.#orders[at] = order;
    this.#values[at] = value;
  }
}
