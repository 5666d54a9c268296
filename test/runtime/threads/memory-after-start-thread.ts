// A thread that has made a heap of garbage and says what became of it: when it has shrunk, or when that
// should have been long ago. `busy`: it works all the while, but makes no garbage.
//
// Lives on: tests.

import { getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { giveMemoryBackAfterStart } from "../../../src/runtime/threads/memory-after-start.ts";

/** Bytes of the heap, and whether code that comes later would see a `gc`. */
export type Seen = { readonly before: number; readonly after: number; readonly gc: string };

const OBJECTS = 500_000;
const LOOK_EVERY_MS = 50;
const { busy } = workerData as { busy: boolean };
const DEADLINE_MS = busy ? 2_000 : 20_000;

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
  if (busy) work(LOOK_EVERY_MS / 2);
  const after = heapBytes();
  if (after > before / 2 && performance.now() - startedMs < DEADLINE_MS) return;
  clearInterval(look);
  const seen: Seen = { before, after, gc: runInNewContext("typeof gc") as string };
  parentPort!.postMessage(seen);
}, LOOK_EVERY_MS);
