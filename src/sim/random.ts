// The simulated Random port: numbers from the seed.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { Random } from "../runtime/ports.ts";

export class SimRandom implements Random {
  private readonly prng: Prng;

  constructor(prng: Prng) {
    this.prng = prng;
  }

  uint32(): number {
    return this.prng.uint32();
  }

  float(): number {
    return this.prng.float();
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return this.prng.bytes(length);
  }
}
