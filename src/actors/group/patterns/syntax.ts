// What a parsed pattern is made of.
//
// Lives on: anywhere.

import type { CharacterSet } from "./character-set.ts";

/** Conditions on a place between two characters. */
export type Place = "start" | "end" | "wordEdge" | "noWordEdge";

export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "place"; readonly place: Place }
  /** No items: the empty text. */
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "choice"; readonly items: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly least: number; readonly most: number };

/** Why a text is no pattern, in the words of RE2. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}
