// What is fuzzed, one decoder or one door to several of them: how its inputs are made, what may come
// of them, and how much that may allocate.

import type { Prng } from "../../../src/base/prng.ts";

/** `what` says, beside the bytes, all that is needed to decode them again: "ProduceRequest v9". */
export type Input = { readonly what: string; readonly bytes: Uint8Array };

/** "value", or in one word why the input was refused; and the value, for who checks more of it. */
export type Decoded = { readonly outcome: string; readonly value?: unknown };

export type Subject = {
  readonly name: string;
  /** Inputs in a round. The cheaper to decode, the more. */
  readonly weight: number;
  /** A damaged input. */
  draw(prng: Prng): Input;
  /** Any exception is a finding. */
  decode(input: Input): Decoded;
  /** What `decode` may allocate, garbage and errors with it. */
  bytesMax(input: Input): number;
  /** Further things that must hold, not measured; an exception is a finding. */
  check?(input: Input, decoded: Decoded): void;
};

/** Splits "ProduceRequest v9". */
export function nameAndVersion(what: string): [name: string, version: number] {
  const [name = "", version = ""] = what.split(" v");
  return [name, Number(version)];
}
