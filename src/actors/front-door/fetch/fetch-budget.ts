// How many bytes one fetch may read. The client and `fetch.max.bytes` give the upper bound; answers
// of this host that are still in memory, because their clients have not taken them, lower it. Kafka
// hands files to the kernel and has no such memory to bound.
//
// The limits of a fetch are soft (KIP-74): the first batch is returned whole whatever they are, so a
// small budget slows a consumer down and never stops it.
//
// Lives on: anywhere (pure; part of the front door).

import type { AnswerMemory } from "../answer-memory.ts";

/** What every fetch gets, however full the memory is. */
export const FETCH_BUDGET_LEAST = 64 * 1024;

type Memory = Pick<AnswerMemory, "bytesMax" | "unsentBytes">;

export class FetchBudget {
  readonly #memory: Memory;
  #granted = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Bytes that fetches may be reading at present. */
  get granted(): number {
    return this.#granted;
  }

  /** At most `wanted`; give it back when the answer has been handed over. */
  take(wanted: number): number {
    // Half of what is free: who comes at the same time finds something too.
    const free = (this.#memory.bytesMax - this.#memory.unsentBytes - this.#granted) / 2;
    const bytes = Math.min(wanted, Math.max(FETCH_BUDGET_LEAST, Math.floor(free)));
    this.#granted += bytes;
    return bytes;
  }

  giveBack(bytes: number): void {
    this.#granted -= bytes;
  }
}
