// Sets of the characters a topic name can hold. Kafka allows ASCII letters, digits, dot, underscore
// and dash only, so a set has one mark for each of the 128 ASCII characters, and what a pattern says
// of any other character cannot matter.
//
// Lives on: anywhere.

export const ALPHABET_SIZE = 128;

/** By character code: 1 is in, 0 is not. */
export type CharacterSet = Uint8Array;

export function setOf(holds: (character: string) => boolean): CharacterSet {
  return Uint8Array.from({ length: ALPHABET_SIZE }, (_, code) =>
    holds(String.fromCharCode(code)) ? 1 : 0,
  );
}

export const everything: CharacterSet = new Uint8Array(ALPHABET_SIZE).fill(1);

/** One character, or none when it lies outside the alphabet. */
export function single(codePoint: number): CharacterSet {
  return range(codePoint, codePoint);
}

export function range(first: number, last: number): CharacterSet {
  return new Uint8Array(ALPHABET_SIZE).fill(1, first, last + 1);
}

export function negated(set: CharacterSet): CharacterSet {
  return set.map((mark) => 1 - mark);
}

export function union(sets: readonly CharacterSet[]): CharacterSet {
  const all = new Uint8Array(ALPHABET_SIZE);
  for (const set of sets) set.forEach((mark, code) => (all[code]! |= mark));
  return all;
}

/** With every letter in both its cases. */
export function folded(set: CharacterSet): CharacterSet {
  const both = set.slice();
  for (let upper = 0x41; upper <= 0x5a; upper++) {
    const mark = set[upper]! | set[upper + 0x20]!;
    both[upper] = mark;
    both[upper + 0x20] = mark;
  }
  return both;
}

export const wordCharacters = setOf((character) => /\w/.test(character));

/** `\d` and the like. */
export const perlClasses: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", setOf((character) => /\d/.test(character))],
  ["s", setOf((character) => /[\t\n\f\r ]/.test(character))],
  ["w", wordCharacters],
]);

/** `[:alpha:]` and the like. */
export const posixClasses: ReadonlyMap<string, CharacterSet> = new Map(
  (
    [
      ["alnum", /[0-9A-Za-z]/],
      ["alpha", /[A-Za-z]/],
      ["ascii", /[^]/],
      ["blank", /[\t ]/],
      ["cntrl", /[^\x20-\x7e]/],
      ["digit", /[0-9]/],
      ["graph", /[!-~]/],
      ["lower", /[a-z]/],
      ["print", /[ -~]/],
      ["punct", /[!-/:-@[-`{-~]/],
      ["space", /[\t\n\v\f\r ]/],
      ["upper", /[A-Z]/],
      ["word", /\w/],
      ["xdigit", /[0-9A-Fa-f]/],
    ] as const
  ).map(([name, characters]) => [name, setOf((character) => characters.test(character))]),
);

/** `\p{name}`: a general category or a script of Unicode; undefined when there is no such thing. */
export function unicodeClass(name: string): CharacterSet | undefined {
  if (name === "Any") return everything;
  if (!/^[A-Za-z_]+$/.test(name)) return undefined;
  for (const property of ["gc", "sc"]) {
    try {
      const characters = new RegExp(`\\p{${property}=${name}}`, "u");
      return setOf((character) => characters.test(character));
    } catch {
      // No such category; it may be a script.
    }
  }
  return undefined;
}
