// How LZ4 blocks are made: the sequences of literals and matches inside a frame (lz4.ts), in plain
// JavaScript. A broker does it only where a topic wants another codec than its producer's; reading them
// is what it does all the time (lz4-memory.ts).
//
// Lives on: anywhere. Hot.

const minMatch = 4;
/** A count of 15 in a token goes on in further bytes. */
const countGoesOn = 15;
/** The last match begins at least 12 bytes before the end, and the last 5 bytes are literals. */
const matchSearchEnd = 12;
const lastLiterals = 5;
const hashBits = 14;
const windowBytes = 0xffff;
/** From here on the built-in copy is faster than a loop. */
const BUILT_IN_COPY = 32;

/** The most bytes that a block of `length` bytes can become. */
export function lz4BlockBound(length: number): number {
  return length + Math.ceil(length / 255) + 16;
}

export class Lz4Encoder {
  readonly #input: Uint8Array;
  readonly #inputView: DataView;
  readonly #output: Uint8Array;

  constructor(input: Uint8Array, output: Uint8Array) {
    this.#input = input;
    this.#inputView = new DataView(input.buffer, input.byteOffset, input.byteLength);
    this.#output = output;
  }

  /**
   * Encodes `input[start, end)` as a block of its own to `output` from `outAt` on, where there must
   * be room for `lz4BlockBound`. Gives the place after the last byte written.
   */
  encode(start: number, end: number, outAt: number): number {
    const input = this.#input;
    const view = this.#inputView;
    const table = seenAt;
    // What an earlier block left in the table lies before `first`, so it need not be cleared.
    const first = takePlaces(end - start);
    const bias = first - start;
    const searchEnd = end - matchSearchEnd;
    let anchor = start;
    let at = start;
    // The longer nothing is found, the larger the steps.
    let misses = 64;
    while (at <= searchEnd) {
      const word = view.getInt32(at, true);
      const slot = hash(word);
      let from = table[slot]! - bias;
      table[slot] = at + bias;
      if (from < start || at - from > windowBytes || view.getInt32(from, true) !== word) {
        at += misses++ >>> 6;
        continue;
      }
      misses = 64;
      const end4 = this.#matchEnd(at + minMatch, from + minMatch, end - lastLiterals);
      while (at > anchor && from > start && input[at - 1] === input[from - 1]) {
        at -= 1;
        from -= 1;
      }
      outAt = this.#sequence(anchor, at, outAt, at - from, end4 - at - minMatch);
      at = end4;
      anchor = end4;
      if (at <= searchEnd) table[hash(view.getInt32(at - 2, true))] = at - 2 + bias;
    }
    const tokenAt = outAt;
    outAt = this.#literals(anchor, end, outAt + 1);
    this.#output[tokenAt] = Math.min(end - anchor, countGoesOn) << 4;
    return outAt;
  }

  #matchEnd(at: number, from: number, end: number): number {
    const view = this.#inputView;
    while (at < end - 4 && view.getInt32(at, true) === view.getInt32(from, true)) {
      at += 4;
      from += 4;
    }
    while (at < end && this.#input[at] === this.#input[from]) {
      at += 1;
      from += 1;
    }
    return at;
  }

  /** Literals `[anchor, at)`, then a match; `extra`: its length beyond the shortest. */
  #sequence(anchor: number, at: number, outAt: number, offset: number, extra: number): number {
    const output = this.#output;
    const tokenAt = outAt;
    outAt = this.#literals(anchor, at, outAt + 1);
    output[outAt++] = offset;
    output[outAt++] = offset >>> 8;
    const literals = Math.min(at - anchor, countGoesOn);
    output[tokenAt] = (literals << 4) | Math.min(extra, countGoesOn);
    return extra < countGoesOn ? outAt : this.#count(outAt, extra - countGoesOn);
  }

  #literals(from: number, to: number, outAt: number): number {
    const count = to - from;
    if (count >= countGoesOn) outAt = this.#count(outAt, count - countGoesOn);
    const input = this.#input;
    const output = this.#output;
    const stop = outAt + count;
    if (count >= BUILT_IN_COPY) output.set(input.subarray(from, from + count), outAt);
    else while (outAt < stop) output[outAt++] = input[from++]!;
    return stop;
  }

  #count(outAt: number, rest: number): number {
    while (rest >= 255) {
      this.#output[outAt++] = 255;
      rest -= 255;
    }
    this.#output[outAt++] = rest;
    return outAt;
  }
}

/** Where each hash was seen last, counted over all blocks of the thread. */
const seenAt = new Int32Array(1 << hashBits);
let placesTaken = 1;

/** Reserves the next places in `seenAt`; clears it before their count runs out. */
function takePlaces(count: number): number {
  if (placesTaken + count > 0x7fff_ffff) {
    seenAt.fill(0);
    placesTaken = 1;
  }
  const first = placesTaken;
  placesTaken += count;
  return first;
}

function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
}
