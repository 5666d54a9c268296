// HalfSipHash-2-4 with 64 bits of output (Aumasson, Bernstein): a keyed hash made of 32-bit operations
// only, which is what JavaScript is quick at. Two of them under independent keys make 128 bits whose
// collisions nobody can look for who does not know the keys: among n inputs two collide with a
// probability of about n^2 / 2^129, whoever has chosen the inputs.
//
// Lives on: anywhere (pure). Hot: reads allocate nothing.

/** Two 32-bit halves of a key. */
export type HashKey = readonly [number, number];

/** Hashes `bytes[from, to)` and puts the two words of the hash at `words[at]` and `words[at + 1]`. */
export function halfSipHash(
  bytes: Uint8Array,
  from: number,
  to: number,
  [key0, key1]: HashKey,
  words: Int32Array,
  at: number,
): void {
  let v0 = key0;
  let v1 = key1 ^ 0xee;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1;
  const length = to - from;
  const wholeEnd = to - (length & 3);
  // The last word holds what is left of the input and the length's lowest byte.
  let last = length << 24;
  for (let i = wholeEnd; i < to; i++) last |= bytes[i]! << (8 * (i - wholeEnd));
  for (let i = from; i <= wholeEnd; i += 4) {
    const word =
      i === wholeEnd
        ? last
        : bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    v3 ^= word;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
  }
  v2 ^= 0xee;
  for (let half = 0; half < 2; half++) {
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    words[at + half] = v1 ^ v3;
    v1 ^= 0xdd;
  }
}
