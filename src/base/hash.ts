// Small non-cryptographic hashes: placement of actors, trace hashes.
//
// Lives on: anywhere.

/** FNV-1a over the UTF-16 code units of a string; unsigned 32 bits. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
