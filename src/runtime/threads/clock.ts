// The real Clock port: Date.now, performance.now and Node's timers.
//
// Lives on: host thread, main thread.

import { performance } from "node:perf_hooks";
import type { Clock, TimerHandle } from "../ports.ts";

/** Node fires a timer at once when its delay does not fit 31 bits. */
const DELAY_MS_MAX = 0x7fff_ffff;

class Timer {
  private timeout: NodeJS.Timeout;
  private readonly dueMs: number;
  private readonly fire: () => void;

  constructor(delayMs: number, fire: () => void) {
    this.dueMs = performance.now() + delayMs;
    this.fire = fire;
    this.timeout = this.wait(delayMs);
  }

  stop(): void {
    clearTimeout(this.timeout);
  }

  private wait(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.wake(), Math.min(Math.ceil(delayMs), DELAY_MS_MAX));
  }

  /** Node's timers count from a clock of whole milliseconds and may come a fraction too early. */
  private wake(): void {
    const leftMs = this.dueMs - performance.now();
    if (leftMs > 0) this.timeout = this.wait(leftMs);
    else this.fire();
  }
}

export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  startTimer: (delayMs, fire): TimerHandle => ({ timer: new Timer(Math.max(0, delayMs), fire) }),
  stopTimer: ({ timer }) => (timer as Timer).stop(),
  soon: (run) => void setImmediate(run),
};
