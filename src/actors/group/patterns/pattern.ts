// A compiled subscription pattern. All ways of matching are followed side by side, one character at
// a time (Thompson 1968), so the time is bounded by the program's length times the text's, whatever
// a client sends. Only whole matches count, as Kafka's coordinator has it (TopicRegexResolver).
//
// Lives on: anywhere.

import { ALPHABET_SIZE, wordCharacters } from "./character-set.ts";
import { parsePattern } from "./parse.ts";
import type { Program } from "./program.ts";
import { compilePattern, Op } from "./program.ts";
import type { Place } from "./syntax.ts";
import { PatternError } from "./syntax.ts";

export class TopicPattern {
  readonly #program: Program;
  /** The instructions that wait for the next character, and those found for the one after it. */
  #now: Threads;
  #then: Threads;

  private constructor(program: Program) {
    this.#program = program;
    this.#now = new Threads(program);
    this.#then = new Threads(program);
  }

  /** The pattern, or why it is none, in RE2's words. */
  static compile(text: string): TopicPattern | { readonly problem: string } {
    try {
      return new TopicPattern(compilePattern(parsePattern(text)));
    } catch (error) {
      if (error instanceof PatternError) return { problem: error.message };
      throw error;
    }
  }

  matches(text: string): boolean {
    this.#now.clear();
    this.#now.add(this.#program.start, text, 0);
    for (let at = 0; at < text.length; at++) {
      if (this.#now.count === 0) return false;
      this.#then.clear();
      const code = text.charCodeAt(at);
      for (let i = 0; i < this.#now.count; i++) {
        const instruction = this.#program.instructions[this.#now.waiting[i]!]!;
        if (instruction.op === Op.SET && code < ALPHABET_SIZE && instruction.set[code] === 1) {
          this.#then.add(instruction.next, text, at + 1);
        }
      }
      [this.#now, this.#then] = [this.#then, this.#now];
    }
    return this.#now.hasMatch;
  }
}

/** A set of instructions that wait for a character, with all that is reached without reading one. */
class Threads {
  count = 0;
  hasMatch = false;
  readonly waiting: Int32Array;
  readonly #program: Program;
  /** By instruction: the round in which it was last reached. */
  readonly #reached: Int32Array;
  readonly #pending: number[] = [];
  #round = 0;

  constructor(program: Program) {
    this.#program = program;
    this.waiting = new Int32Array(program.instructions.length);
    this.#reached = new Int32Array(program.instructions.length);
  }

  clear(): void {
    this.count = 0;
    this.hasMatch = false;
    this.#round++;
  }

  add(start: number, text: string, at: number): void {
    this.#pending.push(start);
    for (let index = this.#pending.pop(); index !== undefined; index = this.#pending.pop()) {
      if (this.#reached[index] === this.#round) continue;
      this.#reached[index] = this.#round;
      const instruction = this.#program.instructions[index]!;
      switch (instruction.op) {
        case Op.SET:
          this.waiting[this.count++] = index;
          break;
        case Op.SPLIT:
          this.#pending.push(instruction.other, instruction.next);
          break;
        case Op.PLACE:
          if (isAt(instruction.place, text, at)) this.#pending.push(instruction.next);
          break;
        case Op.MATCH:
          this.hasMatch = true;
          break;
      }
    }
  }
}

function isAt(place: Place, text: string, at: number): boolean {
  switch (place) {
    case "start":
      return at === 0;
    case "end":
      return at === text.length;
    case "wordEdge":
      return isWord(text, at - 1) !== isWord(text, at);
    case "noWordEdge":
      return isWord(text, at - 1) === isWord(text, at);
  }
}

function isWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && wordCharacters[text.charCodeAt(at)] === 1;
}
