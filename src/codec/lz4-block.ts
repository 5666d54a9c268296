// LZ4 blocks in plain JavaScript: the sequences of literals and matches inside a frame (lz4.ts).
// Both ends of the output are checked, so no input can make the decoder read or write elsewhere;
// a block that refers to its predecessors (linked blocks) needs no more than that they stand right
// before it in the same output.
//
// Lives on: anywhere. Hot.

import { copyBack, copyIn, shortCopyMax, viewOf, wordSlack } from "./copy.ts";

/** What `decode` says of a block that is not one. */
export const lz4Corrupt = -1;
/** What it says when the output does not fit. */
export const lz4Full = -2;

const minMatch = 4;
/** A count of 15 in a token goes on in further bytes. */
const countGoesOn = 15;
/** The last match begins at least 12 bytes before the end, and the last 5 bytes are literals. */
const matchSearchEnd = 12;
const lastLiterals = 5;
const hashBits = 14;
const windowBytes = 0xffff;

export class Lz4Decoder {
  readonly #input: Uint8Array;
  readonly #inputView: DataView;
  readonly #output: Uint8Array;
  readonly #outputView: DataView;
  /** Where the extended count that `#count` read ended. */
  #at = 0;

  constructor(input: Uint8Array, output: Uint8Array) {
    this.#input = input;
    this.#inputView = viewOf(input);
    this.#output = output;
    this.#outputView = viewOf(output);
  }

  /**
   * Decodes the block `input[at, end)` to `output[outAt, outEnd)`. Matches may reach back to
   * `windowStart`. Gives the place after the last byte written, `lz4Corrupt` or `lz4Full`.
   */
  decode(at: number, end: number, outAt: number, outEnd: number, windowStart: number): number {
    const input = this.#input;
    const inputView = this.#inputView;
    const output = this.#output;
    const outputView = this.#outputView;
    const fastInputEnd = end - wordSlack;
    const fastOutputEnd = outEnd - wordSlack;
    while (at < end) {
      const token = input[at++]!;
      let literals = token >>> 4;
      if (literals < countGoesOn && at < fastInputEnd && outAt < fastOutputEnd) {
        outputView.setInt32(outAt, inputView.getInt32(at, true), true);
        outputView.setInt32(outAt + 4, inputView.getInt32(at + 4, true), true);
        if (literals > 8) {
          outputView.setInt32(outAt + 8, inputView.getInt32(at + 8, true), true);
          outputView.setInt32(outAt + 12, inputView.getInt32(at + 12, true), true);
        }
      } else {
        if (literals === countGoesOn) {
          literals = this.#count(at, end, literals);
          at = this.#at;
        }
        if (literals < 0 || literals > end - at) return lz4Corrupt;
        if (literals > outEnd - outAt) return lz4Full;
        copyIn(input, at, output, outAt, literals);
      }
      at += literals;
      outAt += literals;
      // The last sequence has no match.
      if (at === end) return outAt;
      if (at + 2 > end) return lz4Corrupt;
      const from = outAt - (input[at]! | (input[at + 1]! << 8));
      at += 2;
      if (from < windowStart || from === outAt) return lz4Corrupt;
      let length = token & 15;
      if (length === countGoesOn) {
        length = this.#count(at, end, length);
        if (length < 0) return lz4Corrupt;
        at = this.#at;
      }
      length += minMatch;
      if (length <= shortCopyMax && outAt - from >= 8 && outAt < fastOutputEnd) {
        outputView.setInt32(outAt, outputView.getInt32(from, true), true);
        outputView.setInt32(outAt + 4, outputView.getInt32(from + 4, true), true);
        if (length > 8) {
          outputView.setInt32(outAt + 8, outputView.getInt32(from + 8, true), true);
          outputView.setInt32(outAt + 12, outputView.getInt32(from + 12, true), true);
        }
      } else {
        if (length > outEnd - outAt) return lz4Full;
        copyBack(output, outputView, outAt, from, length, outEnd);
      }
      outAt += length;
    }
    return lz4Corrupt;
  }

  /** A count that goes on: bytes are added up until one is not 255. -1: cut short. */
  #count(at: number, end: number, count: number): number {
    let more: number;
    do {
      if (at >= end) return -1;
      more = this.#input[at++]!;
      count += more;
    } while (more === 255);
    this.#at = at;
    return count;
  }
}

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
    this.#inputView = viewOf(input);
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
    copyIn(this.#input, from, this.#output, outAt, count);
    return outAt + count;
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
