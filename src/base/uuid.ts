// Ids of topics, clusters and directories: 16 bytes, written as Kafka writes them, 22 characters of
// base64url without padding.
//
// Lives on: anywhere.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The id that means "none" on the wire. */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";

/** Reads the 16 bytes at `at`; the caller knows that they are there. */
export function uuidText(bytes: Uint8Array, at = 0): string {
  let text = "";
  for (let i = 0; i < 16; i += 3) {
    const last = i === 15;
    const triple =
      ((bytes[at + i] ?? 0) << 16) |
      (last ? 0 : ((bytes[at + i + 1] ?? 0) << 8) | (bytes[at + i + 2] ?? 0));
    text += ALPHABET.charAt(triple >>> 18) + ALPHABET.charAt((triple >>> 12) & 63);
    if (!last) text += ALPHABET.charAt((triple >>> 6) & 63) + ALPHABET.charAt(triple & 63);
  }
  return text;
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
