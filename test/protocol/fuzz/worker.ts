// The thread in which the fuzzer runs. What it is about to decode stands in shared memory, so that its
// watcher can tell which input it was that never came back.

import { setImmediate as turn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { Finding, Tally } from "./loop.ts";
import { allSubjects, Fuzzer } from "./loop.ts";
import type { PlantName } from "./plants.ts";
import { plants } from "./plants.ts";
import type { Input, Subject } from "./subject.ts";

/** Room for the largest inputs there are. */
export const SHARED_BYTES = 1024 * 1024;

export type FuzzJob = {
  readonly seed: number;
  readonly ms: number;
  readonly shared: FuzzShared;
  /** A fault that is put into the decoders first. */
  readonly plant?: PlantName;
};
export type FuzzShared = {
  /** How many inputs were begun; the bytes of `what` and of the input. */
  readonly counts: Int32Array;
  readonly what: Uint8Array;
  readonly input: Uint8Array;
};
export type FuzzReport = { readonly tallies: readonly Tally[]; readonly finding?: Finding };

export function sharedInput(): FuzzShared {
  return {
    counts: new Int32Array(new SharedArrayBuffer(12)),
    what: new Uint8Array(new SharedArrayBuffer(1024)),
    input: new Uint8Array(new SharedArrayBuffer(SHARED_BYTES)),
  };
}

/** What is being decoded now, read from outside. */
export function inputNow({ counts, what, input }: FuzzShared): { what: string; hex: string } {
  const [, whatBytes, inputBytes] = counts;
  return {
    what: Buffer.from(what.slice(0, whatBytes)).toString(),
    hex: Buffer.from(input.slice(0, inputBytes)).toString("hex"),
  };
}

const utf8 = new TextEncoder();

/** zlib lets go of its memory between turns of the event loop only. */
const ROUNDS_A_TURN = 5;

async function run({ seed, ms, shared, plant }: FuzzJob): Promise<FuzzReport> {
  const note = ({ name }: Subject, { what, bytes }: Input): void => {
    shared.counts[1] = utf8.encodeInto(`${name}: ${what}`, shared.what).written;
    shared.counts[2] = Math.min(bytes.length, SHARED_BYTES);
    shared.input.set(bytes.subarray(0, SHARED_BYTES));
    Atomics.add(shared.counts, 0, 1);
  };
  const subjects = allSubjects();
  if (plant !== undefined) plants[plant]();
  const fuzzer = new Fuzzer(subjects, seed, note);
  const endMs = performance.now() + ms;
  for (let round = 1; performance.now() < endMs; round++) {
    if (round % ROUNDS_A_TURN === 0) await turn();
    const finding = fuzzer.round();
    if (finding !== undefined) return { tallies: fuzzer.tallies, finding };
  }
  return { tallies: fuzzer.tallies };
}

if (parentPort !== null) parentPort.postMessage(await run(workerData as FuzzJob));
