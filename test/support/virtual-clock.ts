// A clock that stands still until a test moves it. Timers fire in the order of their deadlines,
// those of one deadline in the order they were started.
//
// Lives on: tests.

import type { Clock, TimerHandle } from "../../src/runtime/ports.ts";

type VirtualTimer = { readonly atMs: number; readonly order: number; readonly fire: () => void };

export class VirtualClock implements Clock {
  private nowMs = 0;
  private startedAtMs: number;
  private order = 0;
  private readonly timers = new Set<VirtualTimer>();

  constructor(startedAtMs = 1_700_000_000_000) {
    this.startedAtMs = startedAtMs;
  }

  wallMs(): number {
    return this.startedAtMs + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  startTimer(delayMs: number, fire: () => void): TimerHandle {
    const timer = { atMs: this.nowMs + delayMs, order: this.order++, fire };
    this.timers.add(timer);
    return { timer };
  }

  stopTimer(handle: TimerHandle): void {
    this.timers.delete(handle.timer as VirtualTimer);
  }

  soon(run: () => void): void {
    this.startTimer(0, run);
  }

  get timerCount(): number {
    return this.timers.size;
  }

  /** The wall clock jumps; nothing fires. */
  jumpWall(byMs: number): void {
    this.startedAtMs += byMs;
  }

  /** Lets time pass and fires what falls due on the way. */
  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    for (let next = this.first(); next !== undefined && next.atMs <= untilMs; next = this.first()) {
      this.timers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.fire();
    }
    this.nowMs = untilMs;
  }

  private first(): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.timers) {
      const earlier =
        first === undefined ||
        timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.order < first.order);
      if (earlier) first = timer;
    }
    return first;
  }
}
