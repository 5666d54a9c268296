// Seeded pseudo-random numbers for the simulator and for tests: sfc32 (small fast counter, from the
// PractRand suite), split into named streams. A stream depends on its seed and its name alone, never
// on how much was drawn from another one: taking a fault out of a run leaves the rest as it was.
// Not for secrets.
//
// Lives on: anywhere.

/** Murmur3's finaliser: every bit of the input moves about half the bits of the output. */
function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hashName(name: string, basis: number): number {
  let hash = basis;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x9e3779b1);
    hash = (hash << 13) | (hash >>> 19);
  }
  return mix32(hash ^ name.length);
}

export class Prng {
  readonly seed: number;
  readonly name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed`: any safe integer. */
  constructor(seed: number, name = "") {
    this.seed = seed;
    this.name = name;
    const low = seed >>> 0;
    const high = Math.floor(seed / 0x1_0000_0000) >>> 0;
    this.#a = mix32(low ^ hashName(name, 0x2545f491));
    this.#b = mix32(high ^ hashName(name, 0x6c078965));
    this.#c = mix32(low + 0x9e3779b9) ^ mix32(high + 0x7f4a7c15);
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** The stream `name` below this one. The same whenever it is made. */
  stream(name: string): Prng {
    return new Prng(this.seed, this.name === "" ? name : `${this.name}/${name}`);
  }

  /** Uniform in [0, 2^32). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), with 32 bits. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Uniform in [0, bound), for a bound from 1 to 2^32. */
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  /** Uniform in [least, most], both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Puts the items in random order, in place. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = items[last]!;
      items[last] = items[other]!;
      items[other] = kept;
    }
    return items;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const made = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.uint32();
      for (let byte = 0; byte < 4 && at + byte < length; byte++) {
        made[at + byte] = word >>> (8 * byte);
      }
    }
    return made;
  }
}
