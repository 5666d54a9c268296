// Gives back what a start has used. V8 frees what is dead when it needs the room, and keeps the pages for
// later: what was needed once, to load code and to open what is there, stays with the process for as long
// as nothing happens in it. So when the start's work is over and a thread has nothing to do, its heap is
// collected and shrunk, which takes some tens of milliseconds of that idle time.
//
// Only then: a heap that is shrunk loses what V8 has learnt of running code. After a load that has made
// code hot, the next requests took twice as long, and the slowest of a hundred five times.
//
// Only in processes that are the node's own: a program that a node is embedded in has its V8 to itself.
//
// Saves 8 MiB of an idle node; shown by the bench's row `memory`.
//
// Lives on: host thread, main thread.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const LOOK_EVERY_MS = 500;
/** Of the time between two looks: who was busy for less is at rest. */
const REST_MS = 5;
/** Who has not come to rest by then works for clients. */
const LOOKS_MAX = 20;

type Collect = (how: object) => void;
const { gc: ofThread } = globalThis as { gc?: Collect };
let isAllowedHere = false;

/**
 * Lets V8's own collection be called, in this thread and in those that begin from now on. For a process that
 * is the node's own: in any other nothing is given back. Once, and never taken back: the flag is the whole
 * process's, and threads that raised and lowered it for themselves would take it from one another.
 */
export function allowGivingMemoryBack(): void {
  setFlagsFromString("--expose-gc");
  isAllowedHere = true;
}

/** Once, when the thread comes to rest soon after now, where that is allowed; keeps no process alive. */
export function giveMemoryBackAfterStart(): void {
  if (ofThread === undefined && !isAllowedHere) return;
  let looks = 0;
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const busyMs = performance.eventLoopUtilization(now, before).active;
    before = now;
    looks += 1;
    const isAtRest = busyMs < REST_MS;
    if (isAtRest || looks === LOOKS_MAX) clearInterval(timer);
    if (isAtRest) collectAndShrink();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** What V8 does before it gives up for want of memory, and the one kind that shrinks the heap at once. */
function collectAndShrink(): void {
  // A thread that was there before the flag was raised has it only in contexts that are made since.
  const collect = ofThread ?? (runInNewContext("gc") as Collect);
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
