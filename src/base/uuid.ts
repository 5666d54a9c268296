// Ids of topics, clusters and directories: 16 bytes, written as Kafka writes them, 22 characters of
// base64url without padding.
//
// Lives on: anywhere.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The id that means "none" on the wire. */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";

/** Character codes by value, and values by character code (-1: not in the alphabet). */
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const VALUES = new Int8Array(128).fill(-1);
CODES.forEach((code, value) => {
  VALUES[code] = value;
});

/** Reads the 16 bytes at `at`; the caller knows that they are there. */
export function uuidText(bytes: Uint8Array, at = 0): string {
  const a = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  const b = (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
  const c = (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;
  const d = (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!;
  const e = (bytes[at + 12]! << 16) | (bytes[at + 13]! << 8) | bytes[at + 14]!;
  const f = bytes[at + 15]! << 4;
  // One call gives one flat string; concatenation would give a tree of them.
  // oxfmt-ignore
  return String.fromCharCode(
    CODES[a >>> 18]!, CODES[(a >>> 12) & 63]!, CODES[(a >>> 6) & 63]!, CODES[a & 63]!,
    CODES[b >>> 18]!, CODES[(b >>> 12) & 63]!, CODES[(b >>> 6) & 63]!, CODES[b & 63]!,
    CODES[c >>> 18]!, CODES[(c >>> 12) & 63]!, CODES[(c >>> 6) & 63]!, CODES[c & 63]!,
    CODES[d >>> 18]!, CODES[(d >>> 12) & 63]!, CODES[(d >>> 6) & 63]!, CODES[d & 63]!,
    CODES[e >>> 18]!, CODES[(e >>> 12) & 63]!, CODES[(e >>> 6) & 63]!, CODES[e & 63]!,
    CODES[f >>> 6]!, CODES[f & 63]!,
  );
}

/**
 * Writes the 16 bytes at `at`; the caller knows that there is room. False for a text that is no
 * such id: another length, a foreign character, or bits set past the sixteenth byte.
 */
export function writeUuid(bytes: Uint8Array, at: number, text: string): boolean {
  if (text.length !== 22) return false;
  let to = at;
  for (let i = 0; i < 20; i += 4) {
    const four = (valueAt(text, i) << 6) | valueAt(text, i + 1);
    const rest = (valueAt(text, i + 2) << 6) | valueAt(text, i + 3);
    if ((four | rest) < 0) return false;
    bytes[to++] = four >>> 4;
    bytes[to++] = ((four & 15) << 4) | (rest >>> 8);
    bytes[to++] = rest & 0xff;
  }
  const last = (valueAt(text, 20) << 6) | valueAt(text, 21);
  if (last < 0 || (last & 15) !== 0) return false;
  bytes[to] = last >>> 4;
  return true;
}

/** Negative for a character that is not in the alphabet. */
function valueAt(text: string, i: number): number {
  const code = text.charCodeAt(i);
  return code < 128 ? VALUES[code]! : -1;
}

/**
 * A fresh random id (version 4), from a source of random bytes. Kafka never hands out one that
 * starts with a dash, because command lines would take it for an option.
 */
export function randomUuid(randomBytes: (length: number) => Uint8Array): string {
  for (;;) {
    const bytes = randomBytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const text = uuidText(bytes);
    if (!text.startsWith("-")) return text;
  }
}
