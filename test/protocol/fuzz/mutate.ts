// Ways to damage bytes so that decoders have to notice: flipped bits, lengths that lie, pieces left
// out, doubled, or put in from elsewhere.

import type { Prng } from "../../../src/base/prng.ts";

/** Bytes that are likely to be the sign or the length that something hangs on. */
const temptingBytes = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff];
/** Lengths, counts and numbers of all kinds that are worth lying about. */
const temptingNumbers = [
  "7fffffff",
  "80000000",
  "ffffffff",
  "fffffffe",
  "00010000",
  "ffffffff07",
  "ffffffff0f",
  "8080808000",
  "ffff03",
  "7fff",
  "8000",
  "7fffffffffffffff",
  "0020000000000000",
].map((hex) => new Uint8Array(Buffer.from(hex, "hex")));

const LONG_TAIL_BYTES = 8192;

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function once(bytes: Uint8Array, other: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (prng.below(10)) {
    case 0: {
      const copy = bytes.slice();
      if (at < copy.length) copy[at]! ^= 1 << prng.below(8);
      return copy;
    }
    case 1: {
      const copy = bytes.slice();
      if (at < copy.length) copy[at] = prng.pick(temptingBytes);
      return copy;
    }
    case 2:
      return head.slice();
    case 3:
      return joined(head, prng.bytes(1 + prng.below(3)), tail);
    case 4:
      return joined(head, tail.subarray(1 + prng.below(4)));
    case 5:
      return joined(head, other.subarray(prng.below(other.length + 1)));
    case 6: {
      const number = prng.pick(temptingNumbers);
      return joined(head, number, tail.subarray(number.length));
    }
    case 7: {
      const piece = tail.subarray(0, 1 + prng.below(24));
      return joined(head, piece, tail);
    }
    case 8: {
      // Much of the same: where a count lies, all its elements are there.
      const same = new Uint8Array(prng.below(LONG_TAIL_BYTES)).fill(prng.pick(temptingBytes));
      return joined(head, same);
    }
    default:
      return bytes.map((byte) => (prng.below(8) === 0 ? prng.below(256) : byte));
  }
}

/** `bytes` with one to three damages; `other` is where foreign pieces come from. */
export function mutate(bytes: Uint8Array, other: Uint8Array, prng: Prng): Uint8Array {
  let mutant = bytes;
  for (let n = prng.pick([1, 1, 1, 2, 3]); n > 0; n--) mutant = once(mutant, other, prng);
  return mutant;
}
