// Copying as the LZ4 and Snappy decoders need it: back references into what was just written.
//
// Lives on: anywhere. Hot.

/** The longest stretch that a decoder copies as words, on the spot. */
export const shortCopyMax = 16;
/** Bytes that such a copy may touch beyond where it begins: it needs this much room. */
export const wordSlack = 16;
/** From here on the built-in copy is faster than a loop. */
const longCopy = 64;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Copies `length` bytes that stand at `from` to `outAt`, further on in the same bytes. Where the two
 * overlap the stretch between them repeats.
 */
export function copyBack(bytes: Uint8Array, outAt: number, from: number, length: number): void {
  const stop = outAt + length;
  if (length < longCopy) {
    while (outAt < stop) bytes[outAt++] = bytes[from++]!;
    return;
  }
  // Each copy doubles the stretch of pattern that the next one may take.
  while (outAt < stop) {
    const chunk = Math.min(stop - outAt, outAt - from);
    bytes.copyWithin(outAt, from, from + chunk);
    outAt += chunk;
  }
}
