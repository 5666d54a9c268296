// Waiting for what is going to be so.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

/** The first thing found; an error when nothing is in time. */
export async function until<T>(
  what: string,
  withinMs: number,
  found: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const value = await found();
    if (value !== undefined) return value;
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}
