// Measurements as a benchmark's row makes them, for the tests of what is done with them.
//
// Lives on: tests.

import type { Pair } from "../../bench/figures.ts";
import type { LoadResult } from "../../bench/load.ts";
import type { Measurement } from "../../bench/row.ts";

const GIBIBYTE = 2 ** 30;

/** One GiB in four seconds. */
export function loadOf(changes: Partial<LoadResult> = {}): LoadResult {
  return {
    records: 1_048_576,
    seconds: 4,
    recordsPerSecond: 262_144,
    mibPerSecond: 256,
    failed: 0,
    totalBytes: GIBIBYTE,
    clientCpuSeconds: 2,
    clientCpuShare: 0.5,
    p50Ms: 1,
    p99Ms: 2,
    p999Ms: 3,
    ...changes,
  };
}

export function measurement(value: number, changes: Partial<Measurement> = {}): Measurement {
  return { value, load: loadOf(), brokerCpuSeconds: 2, ...changes };
}

/** Pairs whose figures are these; both sides alike in all else. */
export function pairsOf(...values: readonly (readonly [left: number, right: number])[]): Pair[] {
  return values.map(([left, right]) => ({ left: measurement(left), right: measurement(right) }));
}
