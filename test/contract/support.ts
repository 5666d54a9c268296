// What every contract suite is run with: a way to let the world go on until something has happened.
// Real adapters wait for the event loop, the simulated ones for the scheduler's heap.

import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import type { Scheduler } from "../../src/sim/scheduler.ts";

export type Progress = {
  /** Fails when it has not happened within ten seconds, real or virtual. */
  until(condition: () => boolean): Promise<void>;
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>;
};

const PATIENCE_MS = 10_000;

export const realProgress: Progress = {
  async until(condition) {
    const startedMs = performance.now();
    while (!condition()) {
      assert.ok(performance.now() - startedMs < PATIENCE_MS, `never: ${condition.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export function simProgress(scheduler: Scheduler): Progress {
  return {
    until(condition) {
      assert.ok(scheduler.runUntil(condition, PATIENCE_MS), `never: ${condition.toString()}`);
      return Promise.resolve();
    },
    pass(ms) {
      scheduler.runFor(ms);
      return Promise.resolve();
    },
  };
}
