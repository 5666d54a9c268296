// What one call allocates, garbage included: the growth of V8's heap and of what buffers hold outside
// it. The least of several calls counts: the engine allocates on its own at times, and the first call
// of a kind may compile something.

import { getHeapStatistics } from "node:v8";

function allocatedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** What the two readings themselves allocate. */
const OWN_BYTES = 1024;
const ATTEMPTS = 4;

export type Reading = {
  /** Infinity: each time the collector ran in between, so it was more than a young generation. */
  readonly bytes: number;
  readonly ms: number;
};

/** Runs `call` once, and again only while it took more than it may. */
export function measure(call: () => unknown, bytesMax: number, msMax: number): Reading {
  let least: Reading = { bytes: Infinity, ms: Infinity };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const startedMs = performance.now();
    const before = allocatedBytes();
    call();
    const taken = allocatedBytes() - before - OWN_BYTES;
    const bytes = taken < -OWN_BYTES ? Infinity : Math.max(taken, 0);
    const ms = performance.now() - startedMs;
    least = { bytes: Math.min(least.bytes, bytes), ms: Math.min(least.ms, ms) };
    if (least.bytes <= bytesMax && least.ms <= msMax) break;
  }
  return least;
}
