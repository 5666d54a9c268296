// The small text files of a data directory are lines of UTF-8 with numbers in decimal. Reading them is
// the same everywhere: any bytes come out as lines, and a number is a number or it is not.
//
// Lives on: anywhere (pure).

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Lines without their ends; a last line that is empty is none. */
export function linesOf(bytes: Uint8Array): string[] {
  const lines = decoder.decode(bytes).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A whole decimal number that is exact; null for anything else. */
export function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^-?\d{1,19}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
