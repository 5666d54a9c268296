// Work on whole batches as jobs: what may run in the job pool instead of on a host's thread.
//
// Lives on: job thread (pure).

import { failure, FaultRaised, need } from "../../base/outcome.ts";
import { codecNames } from "../../codec/compression.ts";
import { checkRecords } from "./check.ts";
import type { BatchCheck, ProduceRules } from "./check-result.ts";
import { recompress } from "./recompress.ts";

type JobOptions = Readonly<Record<string, number | string | boolean>>;

const utf8 = new TextEncoder();

/** Reads what the job `checkRecords` answered. */
export function readBatchCheck(answer: Uint8Array): BatchCheck {
  return JSON.parse(new TextDecoder().decode(answer)) as BatchCheck;
}

export const recordBatchJobs = {
  /**
   * Inflates and walks a batch whose header has been checked; the options are its `ProduceRules`.
   * Only the result comes back (`readBatchCheck`), not the bytes.
   */
  checkRecords: (input: Uint8Array, options: JobOptions): Uint8Array =>
    utf8.encode(JSON.stringify(checkRecords(input, options as ProduceRules))),

  /** `codec`: the one wanted; `bytesMax`: what the records may inflate to; `level`: may be left out. */
  recompress: (input: Uint8Array, { codec, bytesMax, level }: JobOptions): Uint8Array => {
    const name = codecNames.find((known) => known === codec);
    if (name === undefined || typeof bytesMax !== "number") {
      const detail = `recompress takes a codec and a bound, not ${codec} and ${bytesMax}`;
      throw new FaultRaised(failure("refused", detail));
    }
    return need(recompress(input, name, bytesMax, typeof level === "number" ? level : undefined));
  },
};
