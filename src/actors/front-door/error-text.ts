// Words for clients beside an error code.
//
// Lives on: anywhere (pure; part of the front door).

/**
 * A string on the wire has 32,767 bytes at most, and a message may quote what a client sent, which
 * may be as long as that by itself.
 */
const CHARACTERS_MAX = 2000;

export function errorText(text: string): string;
export function errorText(text: string | null): string | null;
export function errorText(text: string | null): string | null {
  if (text === null || text.length <= CHARACTERS_MAX) return text;
  return `${text.slice(0, CHARACTERS_MAX)}...`;
}
