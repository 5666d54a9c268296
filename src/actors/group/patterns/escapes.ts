// The parts of RE2's syntax that begin with a backslash or stand in brackets.
//
// Lives on: anywhere.

import type { CharacterSet } from "./character-set.ts";
import {
  folded,
  negated,
  perlClasses,
  posixClasses,
  range,
  single,
  unicodeClass,
  union,
} from "./character-set.ts";
import type { Cursor } from "./cursor.ts";
import { PatternError } from "./syntax.ts";

const MAX_CODE_POINT = 0x10_ffff;

const controls: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
]);

/** `\d`, `\pN`, `\P{Greek}`; undefined, and nothing read, when no such class begins here. */
export function readEscapedClass(cursor: Cursor): CharacterSet | undefined {
  if (cursor.peek() !== "\\") return undefined;
  const letter = cursor.peek(1);
  const perl = perlClasses.get(letter.toLowerCase());
  if (perl !== undefined) {
    cursor.skip(2);
    return letter === letter.toLowerCase() ? perl : negated(perl);
  }
  if (letter !== "p" && letter !== "P") return undefined;
  const start = cursor.at;
  cursor.skip(2);
  let name = cursor.next();
  if (name === "{") {
    const braced = cursor.until("}");
    if (braced === undefined) throw wrongRange(cursor.from(start));
    name = braced;
  }
  const isNegated = name.startsWith("^");
  const set = unicodeClass(isNegated ? name.slice(1) : name);
  if (set === undefined) throw wrongRange(cursor.from(start));
  return isNegated === (letter === "P") ? set : negated(set);
}

/** One character that is written with a backslash; the cursor stands on it. */
export function readEscapedCharacter(cursor: Cursor): number {
  const start = cursor.at;
  cursor.skip(1);
  if (cursor.isDone()) throw new PatternError("trailing backslash at end of expression");
  const letter = cursor.next();
  const codePoint = codePointOf(letter, cursor);
  if (codePoint === undefined || codePoint > MAX_CODE_POINT) {
    throw new PatternError(`invalid escape sequence: \`${cursor.from(start)}\``);
  }
  return codePoint;
}

function codePointOf(letter: string, cursor: Cursor): number | undefined {
  const control = controls.get(letter);
  if (control !== undefined) return control;
  // A digit alone would be a reference back, which no linear-time engine has.
  if (letter === "0" || (/[1-7]/.test(letter) && /[0-7]/.test(cursor.peek()))) {
    let digits = letter;
    while (digits.length < 3 && /[0-7]/.test(cursor.peek())) digits += cursor.next();
    return Number.parseInt(digits, 8);
  }
  if (letter === "x") {
    const digits =
      cursor.peek() === "{"
        ? bracedHex(cursor)
        : cursor.isDone()
          ? ""
          : cursor.next() + cursor.next();
    return /^[0-9A-Fa-f]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  }
  return /[0-9A-Za-z]/.test(letter) ? undefined : letter.codePointAt(0);
}

function bracedHex(cursor: Cursor): string {
  cursor.skip(1);
  return cursor.until("}") ?? "";
}

/** `[...]`; the cursor stands on the bracket. */
export function readBrackets(cursor: Cursor, ignoreCase: boolean): CharacterSet {
  const start = cursor.at;
  cursor.skip(1);
  const isNegated = cursor.take("^");
  const sets: CharacterSet[] = [];
  // A closing bracket that comes first is a character like others.
  for (let isFirst = true; isFirst || cursor.peek() !== "]"; isFirst = false) {
    if (cursor.isDone()) throw new PatternError(`missing closing ]: \`${cursor.from(start)}\``);
    sets.push(readPosixClass(cursor) ?? readEscapedClass(cursor) ?? readRange(cursor, start));
  }
  cursor.skip(1);
  const all = ignoreCase ? folded(union(sets)) : union(sets);
  return isNegated ? negated(all) : all;
}

function readPosixClass(cursor: Cursor): CharacterSet | undefined {
  if (cursor.peek() !== "[" || cursor.peek(1) !== ":") return undefined;
  const end = cursor.find(":]");
  if (end === undefined) return undefined;
  const whole = cursor.takeTo(end + 2);
  const isNegated = whole[2] === "^";
  const set = posixClasses.get(whole.slice(isNegated ? 3 : 2, -2));
  if (set === undefined) throw wrongRange(whole);
  return isNegated ? negated(set) : set;
}

function readRange(cursor: Cursor, bracket: number): CharacterSet {
  const start = cursor.at;
  const first = readClassCharacter(cursor, bracket);
  if (cursor.peek() !== "-" || cursor.peek(1) === "]" || cursor.peek(1) === "") {
    return single(first);
  }
  cursor.skip(1);
  const last = readClassCharacter(cursor, bracket);
  if (last < first) throw wrongRange(cursor.from(start));
  return range(first, last);
}

function readClassCharacter(cursor: Cursor, bracket: number): number {
  if (cursor.isDone()) throw new PatternError(`missing closing ]: \`${cursor.from(bracket)}\``);
  return cursor.peek() === "\\" ? readEscapedCharacter(cursor) : cursor.next().codePointAt(0)!;
}

function wrongRange(text: string): PatternError {
  return new PatternError(`invalid character class range: \`${text}\``);
}
