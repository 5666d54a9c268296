// The loop: draws an input, decodes it under the meter, counts what came of it. It stops at the first
// finding: an exception that no decoder may throw, too much memory, or too much time.

import { inspect } from "node:util";
import { Prng } from "../../../src/base/prng.ts";
import { batchesSubject, codecsSubject, recordsSubject } from "./batches.ts";
import { framesSubject } from "./frames.ts";
import { messagesSubject, metadataRecordsSubject } from "./messages.ts";
import { measure } from "./meter.ts";
import type { Decoded, Input, Subject } from "./subject.ts";

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
    let decoded: Decoded = { outcome: "" };
    const decode = () => (decoded = subject.decode(input));
    // A new record is measured again as well: it may only have been the first of its kind.
    const share = tally === undefined ? 1 : tally.mostBytes / tally.mostBytesMax;
    const allowed = { bytes: bytesMax, ms: MS_MAX };
    const { bytes, ms } = measure(decode, { ...allowed, bytes: bytesMax * share }, allowed);
    if (tally !== undefined) count(tally, decoded.outcome, { bytes, bytesMax, ms }, input);
    if (bytes > bytesMax) return `it allocates ${bytes} bytes, at most ${bytesMax} may be`;
    if (ms > MS_MAX) return `it takes ${ms} ms`;
    subject.check?.(input, decoded);
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

/** Most inputs end in an error, and most of what an error costs is its stack. */
function withoutStacks<T>(call: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export class Fuzzer {
  readonly tallies: readonly Tally[];
  readonly #subjects: readonly Subject[];
  readonly #prngs: readonly Prng[];
  readonly #before: (subject: Subject, input: Input) => void;

  /** `before` sees every input before it is decoded. */
  constructor(
    subjects: readonly Subject[],
    seed: number,
    before: (subject: Subject, input: Input) => void = () => undefined,
  ) {
    this.#subjects = subjects;
    const prng = new Prng(seed, "fuzz");
    this.#prngs = subjects.map(({ name }) => prng.stream(name));
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

  /** Some inputs of each subject. */
  round(): Finding | undefined {
    for (const [i, subject] of this.#subjects.entries()) {
      for (let n = 0; n < subject.weight; n++) {
        const finding = this.#next(subject, this.#prngs[i]!, this.tallies[i]!);
        if (finding !== undefined) return finding;
      }
    }
    return undefined;
  }

  #next(subject: Subject, prng: Prng, tally: Tally): Finding | undefined {
    const input = subject.draw(prng);
    this.#before(subject, input);
    const why = withoutStacks(() => judge(subject, input, tally));
    if (why === undefined) return undefined;
    const { what, bytes } = input;
    const hex = Buffer.from(bytes).toString("hex");
    // Once more, so that it is told with its stack.
    return { subject: subject.name, what, hex, why: judge(subject, input) ?? why };
  }
}
