// A parsed pattern as a program for the matcher: Thompson's construction, in flat arrays. The length
// of the program bounds both memory and, times the length of the text, the time of a match.
//
// Lives on: anywhere.

import { assert } from "../../../base/assert.ts";
import type { CharacterSet } from "./character-set.ts";
import type { Node, Place } from "./syntax.ts";
import { PatternError } from "./syntax.ts";

/** A pattern that unfolds to more is refused: 10,000 topics are then matched within a second. */
const MAX_INSTRUCTIONS = 2000;

export const Op = { SET: 0, SPLIT: 1, PLACE: 2, MATCH: 3 } as const;

export type Instruction =
  | { readonly op: typeof Op.SET; readonly set: CharacterSet; next: number }
  /** Goes on at both. */
  | { readonly op: typeof Op.SPLIT; next: number; other: number }
  | { readonly op: typeof Op.PLACE; readonly place: Place; next: number }
  | { readonly op: typeof Op.MATCH };

export type Program = { readonly instructions: readonly Instruction[]; readonly start: number };

/** Raises a PatternError for a pattern that is too large. */
export function compilePattern(node: Node): Program {
  const assembler = new Assembler();
  const match = assembler.add({ op: Op.MATCH });
  const start = assembler.emit(node, match);
  return { instructions: assembler.instructions, start };
}

/** Builds from the back: what comes next is known when a part is emitted, its own start is told. */
class Assembler {
  readonly instructions: Instruction[] = [];

  add(instruction: Instruction): number {
    if (this.instructions.length >= MAX_INSTRUCTIONS) {
      throw new PatternError("expression is too large");
    }
    this.instructions.push(instruction);
    return this.instructions.length - 1;
  }

  emit(node: Node, next: number): number {
    switch (node.kind) {
      case "set":
        return this.add({ op: Op.SET, set: node.set, next });
      case "place":
        return this.add({ op: Op.PLACE, place: node.place, next });
      case "sequence":
        return node.items.reduceRight((after, item) => this.emit(item, after), next);
      case "choice":
        return node.items
          .map((item) => this.emit(item, next))
          .reduceRight((other, start) => this.add({ op: Op.SPLIT, next: start, other }));
      case "repeat":
        return this.#repeat(node.item, node.least, node.most, next);
    }
  }

  #repeat(item: Node, least: number, most: number, next: number): number {
    let start = next;
    if (most === Infinity) {
      const loop = this.add({ op: Op.SPLIT, next, other: next });
      const body = this.emit(item, loop);
      const split = this.instructions[loop]!;
      assert(split.op === Op.SPLIT, "the loop was put there as a split");
      split.other = body;
      start = loop;
    } else {
      // Each further one only after the one before: x{0,2} is (x(x)?)?.
      for (let i = least; i < most; i++) {
        start = this.add({ op: Op.SPLIT, next, other: this.emit(item, start) });
      }
    }
    for (let i = 0; i < least; i++) start = this.emit(item, start);
    return start;
  }
}
