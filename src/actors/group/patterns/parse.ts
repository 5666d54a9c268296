// Parses a subscription pattern in RE2's syntax, which is what Kafka's coordinator speaks (KIP-848):
// Perl's without look-around and references back, the two that need more than linear time.
//
// Lives on: anywhere.

import { everything, folded, negated, single } from "./character-set.ts";
import { Cursor } from "./cursor.ts";
import { readBrackets, readEscapedCharacter, readEscapedClass } from "./escapes.ts";
import type { Node, Place } from "./syntax.ts";
import { PatternError } from "./syntax.ts";

const MAX_DEPTH = 500;
const MAX_REPEAT = 1000;

type Flags = { readonly ignoreCase: boolean; readonly dotIsAll: boolean };

const places: ReadonlyMap<string, Place> = new Map([
  ["A", "start"],
  ["z", "end"],
  ["b", "wordEdge"],
  ["B", "noWordEdge"],
]);

const allButNewline = negated(single(10));

/** Raises a PatternError for what is no pattern. */
export function parsePattern(text: string): Node {
  const parser = new Parser(text);
  return parser.parse();
}

class Parser {
  readonly #cursor: Cursor;
  #flags: Flags = { ignoreCase: false, dotIsAll: false };

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  parse(): Node {
    const node = this.#choice(0);
    if (!this.#cursor.isDone()) {
      throw new PatternError(`unexpected ): \`${this.#cursor.rest()}\``);
    }
    return node;
  }

  /** Up to the end or the closing parenthesis. */
  #choice(depth: number): Node {
    if (depth > MAX_DEPTH) throw new PatternError("expression nests too deeply");
    const items = [this.#sequence(depth)];
    while (this.#cursor.take("|")) items.push(this.#sequence(depth));
    return items.length === 1 ? items[0]! : { kind: "choice", items };
  }

  #sequence(depth: number): Node {
    const items: Node[] = [];
    let canRepeat = false;
    for (;;) {
      const next = this.#cursor.peek();
      if (next === "" || next === "|" || next === ")") break;
      const start = this.#cursor.at;
      const repeat = this.#repeat();
      if (repeat !== undefined) {
        const operator = this.#cursor.from(start);
        if (items.length === 0) {
          throw new PatternError(`missing argument to repetition operator: \`${operator}\``);
        }
        if (!canRepeat) {
          throw new PatternError(`invalid nested repetition operator: \`${operator}\``);
        }
        items.push({ kind: "repeat", item: items.pop()!, ...repeat });
        canRepeat = false;
        continue;
      }
      const read = this.#atoms(depth);
      items.push(...read);
      if (read.length > 0) canRepeat = true;
    }
    return items.length === 1 ? items[0]! : { kind: "sequence", items };
  }

  /** One atom; more of quoted text; none of a change of flags. */
  #atoms(depth: number): readonly Node[] {
    const cursor = this.#cursor;
    switch (cursor.peek()) {
      case "(":
        return this.#group(depth);
      case "[":
        return [{ kind: "set", set: readBrackets(cursor, this.#flags.ignoreCase) }];
      case ".":
        cursor.skip(1);
        return [{ kind: "set", set: this.#flags.dotIsAll ? everything : allButNewline }];
      case "^":
        cursor.skip(1);
        return [{ kind: "place", place: "start" }];
      case "$":
        cursor.skip(1);
        return [{ kind: "place", place: "end" }];
      case "\\":
        return this.#escape();
      default:
        return [this.#literal(cursor.next().codePointAt(0)!)];
    }
  }

  #escape(): readonly Node[] {
    const cursor = this.#cursor;
    const place = places.get(cursor.peek(1));
    if (place !== undefined) {
      cursor.skip(2);
      return [{ kind: "place", place }];
    }
    if (cursor.peek(1) === "Q") {
      cursor.skip(2);
      const quoted = cursor.until("\\E") ?? cursor.takeTo(Infinity);
      return Array.from(quoted, (character) => this.#literal(character.codePointAt(0)!));
    }
    const set = readEscapedClass(cursor);
    if (set !== undefined) return [{ kind: "set", set: this.#inCase(set) }];
    return [this.#literal(readEscapedCharacter(cursor))];
  }

  #literal(codePoint: number): Node {
    return { kind: "set", set: this.#inCase(single(codePoint)) };
  }

  #inCase(set: Uint8Array): Uint8Array {
    return this.#flags.ignoreCase ? folded(set) : set;
  }

  /** `(...)` in all its forms; flags hold until the group that they stand in ends. */
  #group(depth: number): readonly Node[] {
    const cursor = this.#cursor;
    const start = cursor.at;
    const outer = this.#flags;
    cursor.skip(1);
    if (cursor.take("?")) {
      const opens = this.#groupKind(start);
      if (!opens) return [];
    }
    const node = this.#choice(depth + 1);
    if (!cursor.take(")")) throw new PatternError(`missing closing ): \`${cursor.from(start)}\``);
    this.#flags = outer;
    return [node];
  }

  /** What follows `(?`; false when it was flags alone. */
  #groupKind(start: number): boolean {
    const cursor = this.#cursor;
    const hasName = cursor.peek() === "P" && cursor.peek(1) === "<";
    if (hasName || (cursor.peek() === "<" && /[^=!]/.test(cursor.peek(1)))) {
      cursor.skip(hasName ? 2 : 1);
      const name = cursor.until(">");
      if (name !== undefined && /^\w+$/.test(name)) return true;
      throw new PatternError(`invalid named capture: \`${cursor.from(start)}\``);
    }
    let isOn = true;
    let flags = this.#flags;
    for (;;) {
      const letter = cursor.next();
      if (letter === ":" || letter === ")") {
        // Flags of a group are set for it alone: the caller restores what was before.
        this.#flags = flags;
        return letter === ":";
      }
      if (letter === "-" && isOn) isOn = false;
      else if (letter === "i") flags = { ...flags, ignoreCase: isOn };
      else if (letter === "s") flags = { ...flags, dotIsAll: isOn };
      // A topic name has one line, and lazy or greedy, the same texts match as a whole.
      else if (letter !== "m" && letter !== "U") {
        throw new PatternError(`invalid or unsupported Perl syntax: \`${cursor.from(start)}\``);
      }
    }
  }

  /** Reads a repetition operator; undefined, and nothing read, when none comes next. */
  #repeat(): { readonly least: number; readonly most: number } | undefined {
    const cursor = this.#cursor;
    const start = cursor.at;
    const operator = cursor.peek();
    let bounds: { least: number; most: number } | undefined;
    if (operator === "*" || operator === "+" || operator === "?") {
      cursor.skip(1);
      bounds = { least: operator === "+" ? 1 : 0, most: operator === "?" ? 1 : Infinity };
    } else if (operator === "{") {
      bounds = this.#counts();
      if (bounds === undefined) {
        // Braces that hold no counts are characters like others.
        cursor.at = start;
        return undefined;
      }
    }
    if (bounds !== undefined) cursor.take("?");
    return bounds;
  }

  #counts(): { least: number; most: number } | undefined {
    const start = this.#cursor.at;
    this.#cursor.skip(1);
    const counts = /^(\d+)(,(\d*))?$/.exec(this.#cursor.until("}") ?? "");
    if (counts === null) return undefined;
    const least = Number(counts[1]);
    const most = counts[2] === undefined ? least : counts[3] === "" ? Infinity : Number(counts[3]);
    const isTooMany = least > MAX_REPEAT || (most !== Infinity && most > MAX_REPEAT);
    if (isTooMany || most < least) {
      throw new PatternError(`invalid repeat count: \`${this.#cursor.from(start)}\``);
    }
    return { least, most };
  }
}
