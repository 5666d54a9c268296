// What one call allocates, garbage included: the growth of V8's heap and of what buffers hold outside
// it. The least of several readings counts, which is sound because a decoder allocates the same for the
// same bytes each time, while the engine's own share comes and goes: the first call of a kind compiles
// something, compilers on other threads hand in their work, a heap page is begun.

import { GCProfiler, getHeapStatistics } from "node:v8";

function allocatedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** What the two readings themselves allocate. */
const OWN_BYTES = 1024;
const ATTEMPTS = 4;
/** Before something is called a finding it is measured this often, with rests for the compilers. */
const PATIENT_ATTEMPTS = 60;
const PATIENCE_MS = 3000;
const REST_MS = 5;

export type Reading = {
  /** Infinity: each time the collector ran in between, so it may have been any number. */
  readonly bytes: number;
  readonly ms: number;
};
type Bounds = { readonly bytes: number; readonly ms: number };

function exceeds(reading: Reading, { bytes, ms }: Bounds): boolean {
  return reading.bytes > bytes || reading.ms > ms;
}

/**
 * One reading. Should the collector run in between it is too small: as a rule below zero, by chance (one
 * in a hundred of what fills a whole young generation) within bounds.
 */
function reading(call: () => unknown): Reading {
  const startedMs = performance.now();
  const before = allocatedBytes();
  call();
  const taken = allocatedBytes() - before - OWN_BYTES;
  const ms = performance.now() - startedMs;
  return { bytes: taken < -OWN_BYTES ? Infinity : Math.max(taken, 0), ms };
}

/** The lesser of `least` and a reading that is not too small; to know that costs more than to read. */
function lesser(call: () => unknown, least: Reading): Reading {
  const collections = new GCProfiler();
  collections.start();
  const { bytes, ms } = reading(call);
  const wasCollected = collections.stop().statistics.length > 0;
  return {
    bytes: Math.min(least.bytes, wasCollected ? Infinity : bytes),
    ms: Math.min(least.ms, ms),
  };
}

const bell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Runs `call` once; a few times when it took more than `expected`, which is at most `allowed`; and with
 * all patience when it took more than is allowed.
 */
export function measure(call: () => unknown, expected: Bounds, allowed: Bounds): Reading {
  const first = reading(call);
  if (!exceeds(first, expected)) return first;
  let least: Reading = { bytes: Infinity, ms: first.ms };
  for (let attempt = 1; attempt < ATTEMPTS && exceeds(least, expected); attempt++) {
    least = lesser(call, least);
  }
  const endMs = performance.now() + PATIENCE_MS;
  for (let attempt = 0; attempt < PATIENT_ATTEMPTS && exceeds(least, allowed); attempt++) {
    if (performance.now() > endMs) break;
    Atomics.wait(bell, 0, 0, REST_MS);
    least = lesser(call, least);
  }
  return least;
}
