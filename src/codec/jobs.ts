// The codec's pure functions as jobs: what may run in the job pool instead of on a host's thread.
//
// Lives on: job thread (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import { codecNames, decompress } from "./compression.ts";

type JobOptions = Readonly<Record<string, number | string | boolean>>;

export const jobFunctions: Readonly<
  Record<string, (input: Uint8Array, options: JobOptions) => Outcome<Uint8Array>>
> = {
  /** `codec`: its name; `bytesMax`: the bound on the output. */
  decompress: (input, { codec, bytesMax }) => {
    const name = codecNames.find((known) => known === codec);
    if (name === undefined || typeof bytesMax !== "number") {
      return failure("refused", `decompress takes a codec and a bound, not ${codec}, ${bytesMax}`);
    }
    return decompress(name, input, bytesMax);
  },
};
