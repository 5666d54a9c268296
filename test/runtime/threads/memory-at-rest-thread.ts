// A thread that has made a heap of garbage and comes to rest, and says what became of its heap: when it
// has shrunk, or when it should have long ago.
//
// Lives on: tests.

import { getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort } from "node:worker_threads";
import { giveMemoryBackAtRest } from "../../../src/runtime/threads/memory-at-rest.ts";

const OBJECTS = 500_000;
const DEADLINE_MS = 20_000;

const heapBytes = (): number => getHeapStatistics().total_physical_size;

const kept = { garbage: Array.from({ length: OBJECTS }, (_, index) => ({ text: `${index}` })) };
const before = heapBytes();
kept.garbage = [];
giveMemoryBackAtRest();
const startedMs = performance.now();
const look = setInterval(() => {
  const after = heapBytes();
  if (after > before / 2 && performance.now() - startedMs < DEADLINE_MS) return;
  clearInterval(look);
  parentPort!.postMessage({ before, after, gc: runInNewContext("typeof gc") as string });
}, 50);
