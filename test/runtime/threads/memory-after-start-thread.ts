// A thread that has made a heap of garbage and says what became of it: when it has shrunk, or when that
// should have been long ago. `busy`: it works all the while, but makes no garbage.
//
// Lives on: tests.

import { getHeapStatistics } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { giveMemoryBackAfterStart } from "../../../src/runtime/threads/memory-after-start.ts";

export type How = { readonly waitMs: number; readonly busy?: true };
/** Bytes of the heap. */
export type Seen = { readonly before: number; readonly after: number };

const OBJECTS = 500_000;
const LOOK_EVERY_MS = 50;
const { waitMs, busy } = workerData as How;

const heapBytes = (): number => getHeapStatistics().total_physical_size;

function work(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

const kept = { garbage: Array.from({ length: OBJECTS }, (_, index) => ({ text: `${index}` })) };
const before = heapBytes();
kept.garbage = [];
giveMemoryBackAfterStart();
const startedMs = performance.now();
const look = setInterval(() => {
  if (busy === true) work(LOOK_EVERY_MS / 2);
  const after = heapBytes();
  if (after > before / 2 && performance.now() - startedMs < waitMs) return;
  clearInterval(look);
  const seen: Seen = { before, after };
  parentPort!.postMessage(seen);
}, LOOK_EVERY_MS);
