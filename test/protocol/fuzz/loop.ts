// The loop: draws an input, decodes it under the meter, counts what came of it. It stops at the first
// finding: an exception that no decoder may throw, too much memory, or too much time.

import { inspect } from "node:util";
import { Prng } from "../../../src/base/prng.ts";
import { batchesSubject, codecsSubject, recordsSubject } from "./batches.ts";
import { framesSubject } from "./frames.ts";
import { messagesSubject, metadataRecordsSubject } from "./messages.ts";
import { measure } from "./meter.ts";
import type { Input, Subject } from "./subject.ts";

/** For one input, on a machine that others use as well. */
export const MS_MAX = 500;

export function allSubjects(): readonly Subject[] {
  return [
    messagesSubject(),
    framesSubject(),
    metadataRecordsSubject(),
    batchesSubject(),
    recordsSubject(),
    codecsSubject(),
  ];
}

export type Finding = {
  readonly subject: string;
  readonly what: string;
  readonly hex: string;
  readonly why: string;
};

export type Tally = {
  readonly subject: string;
  inputs: number;
  readonly outcomes: Record<string, number>;
  /** The input that allocated the largest share of what it might have. */
  mostBytes: number;
  mostBytesMax: number;
  mostInputBytes: number;
  mostMs: number;
};

/** Why the input is a finding, if it is one. */
export function judge(subject: Subject, input: Input, tally?: Tally): string | undefined {
  const bytesMax = subject.bytesMax(input);
  try {
    let outcome = "";
    const decode = () => (outcome = subject.decode(input));
    // A new record is measured again as well: it may only have been the first of its kind.
    const share = tally === undefined ? 1 : tally.mostBytes / tally.mostBytesMax;
    const { bytes, ms } = measure(decode, bytesMax * share, MS_MAX);
    if (tally !== undefined) count(tally, outcome, { bytes, bytesMax, ms }, input);
    if (bytes > bytesMax) return `it allocates ${bytes} bytes, at most ${bytesMax} may be`;
    if (ms > MS_MAX) return `it takes ${ms} ms`;
    subject.check?.(input);
    return undefined;
  } catch (error) {
    return inspect(error);
  }
}

function count(
  tally: Tally,
  outcome: string,
  { bytes, bytesMax, ms }: { bytes: number; bytesMax: number; ms: number },
  input: Input,
): void {
  tally.inputs++;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  tally.mostMs = Math.max(tally.mostMs, ms);
  if (bytes / bytesMax <= tally.mostBytes / tally.mostBytesMax) return;
  tally.mostBytes = bytes;
  tally.mostBytesMax = bytesMax;
  tally.mostInputBytes = input.bytes.length;
}

export class Fuzzer {
  readonly tallies: readonly Tally[];
  readonly #subjects: readonly Subject[];
  readonly #prng: Prng;
  readonly #before: (subject: Subject, input: Input) => void;

  /** `before` sees every input before it is decoded. */
  constructor(
    subjects: readonly Subject[],
    seed: number,
    before: (subject: Subject, input: Input) => void = () => undefined,
  ) {
    this.#subjects = subjects;
    this.#prng = new Prng(seed, "fuzz");
    this.#before = before;
    this.tallies = subjects.map(({ name }) => ({
      subject: name,
      inputs: 0,
      outcomes: {},
      mostBytes: 0,
      mostBytesMax: 1,
      mostInputBytes: 0,
      mostMs: 0,
    }));
  }

  /** One input of each subject. */
  round(): Finding | undefined {
    for (const [i, subject] of this.#subjects.entries()) {
      const input = subject.draw(this.#prng);
      this.#before(subject, input);
      const why = judge(subject, input, this.tallies[i]!);
      if (why === undefined) continue;
      const { what, bytes } = input;
      return { subject: subject.name, what, hex: Buffer.from(bytes).toString("hex"), why };
    }
    return undefined;
  }
}
