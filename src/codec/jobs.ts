// The codec's pure functions as jobs: what may run in the job pool instead of on a host's thread.
//
// Lives on: job thread (pure).

import { failure, FaultRaised, need } from "../base/outcome.ts";
import { codecNames, decompress } from "./compression.ts";

type JobOptions = Readonly<Record<string, number | string | boolean>>;

export const codecJobs = {
  /** `codec`: its name; `bytesMax`: the bound on the output. */
  decompress: (input: Uint8Array, { codec, bytesMax }: JobOptions): Uint8Array => {
    const name = codecNames.find((known) => known === codec);
    if (name === undefined || typeof bytesMax !== "number") {
      const detail = `decompress takes a codec and a bound, not ${codec} and ${bytesMax}`;
      throw new FaultRaised(failure("refused", detail));
    }
    return need(decompress(name, input, bytesMax));
  },
};
