// Copying as the LZ4 decoder needs it: literals in, and back references into what was just written.
// Words of four bytes are copied two at a time where there is room to write past the end; the next
// sequence overwrites what was too much. Loops of single bytes are half as fast (ADR 0004).
//
// Lives on: anywhere. Hot.

/** Up to here a decoder copies on the spot, without a call. */
export const shortCopyMax = 16;
/** Room that a copy in words needs beyond where it begins (short ones) or ends (others). */
export const wordSlack = 16;
/** From here on the built-in copy is faster. */
const longCopy = 96;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Copies `length` bytes from `input[at]` on to `output[outAt]` on. */
export function copyIn(
  input: Uint8Array,
  at: number,
  output: Uint8Array,
  outAt: number,
  length: number,
): void {
  if (length >= longCopy / 3) output.set(input.subarray(at, at + length), outAt);
  else for (const stop = at + length; at < stop;) output[outAt++] = input[at++]!;
}

/**
 * Copies `length` bytes that stand at `from` to `outAt`, further on in the same bytes. Where the two
 * overlap the stretch between them repeats. `roomEnd`: where the bytes end that may be written.
 */
export function copyBack(
  bytes: Uint8Array,
  view: DataView,
  outAt: number,
  from: number,
  length: number,
  roomEnd: number,
): void {
  const stop = outAt + length;
  if (length >= longCopy) {
    // Each copy doubles the stretch of pattern that the next one may take.
    while (outAt < stop) {
      const chunk = Math.min(stop - outAt, outAt - from);
      bytes.copyWithin(outAt, from, from + chunk);
      outAt += chunk;
    }
  } else if (outAt - from >= 8 && stop <= roomEnd - wordSlack) {
    for (; outAt < stop; outAt += 8, from += 8) {
      view.setInt32(outAt, view.getInt32(from, true), true);
      view.setInt32(outAt + 4, view.getInt32(from + 4, true), true);
    }
  } else {
    while (outAt < stop) bytes[outAt++] = bytes[from++]!;
  }
}
