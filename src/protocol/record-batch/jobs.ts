// Work on whole batches as jobs: what may run in the job pool instead of on a host's thread.
//
// Lives on: job thread (pure).

import { failure, FaultRaised, need } from "../../base/outcome.ts";
import { codecNames } from "../../codec/compression.ts";
import { checkRecords } from "./check.ts";
import type { BatchCheck, ProduceRules } from "./check-result.ts";
import { digestKeys, DigestWriter, rebuildBatches } from "./compaction.ts";
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

  /** `key0` to `key3`: of the hash; `bytesMax`: what a batch may inflate to. See `readKeyDigests`. */
  digestKeys: (input: Uint8Array, options: JobOptions): Uint8Array => {
    const [key0, key1, key2, key3, bytesMax] = numbersOf(options, [
      "key0",
      "key1",
      "key2",
      "key3",
      "bytesMax",
    ]);
    const keys = [
      [key0!, key1!],
      [key2!, key3!],
    ] as const;
    const writer = new DigestWriter();
    digestKeys(input, keys, bytesMax!, writer);
    return writer.finish();
  },

  /** The batches are the first `batchesBytes` of the input; behind them is what becomes of each. */
  rebuildBatches: (input: Uint8Array, options: JobOptions): Uint8Array => {
    const names = ["batchesBytes", "deleteHorizonMs", "bytesMax"];
    const [batchesBytes, deleteHorizonMs, bytesMax] = numbersOf(options, names);
    const batches = input.subarray(0, batchesBytes);
    return rebuildBatches(batches, input.subarray(batchesBytes), deleteHorizonMs!, bytesMax!);
  },
};

function numbersOf(options: JobOptions, names: readonly string[]): number[] {
  return names.map((name) => {
    const value = options[name];
    if (typeof value === "number") return value;
    throw new FaultRaised(failure("refused", `the job needs a number ${name}, not ${value}`));
  });
}
