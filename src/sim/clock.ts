// The simulated Clock port. Monotonic time is the scheduler's, at a rate of its own; the wall clock
// may be set, jump and drift; timers are late by chance, never early.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { Clock, TimerHandle } from "../runtime/ports.ts";
import type { Life } from "./life.ts";
import type { SimEvent } from "./scheduler.ts";

/** The wall clock of one machine: what faults move. Outlives the processes on it. */
export class SimWall {
  /** How fast the machine's oscillator is: monotonic time and timers go by it. */
  readonly ticking: number;
  private readonly startMs: number;
  private offsetMs: number;
  private rate = 1;
  private sinceMs = 0;

  constructor(startMs: number, ticking = 1) {
    this.startMs = startMs;
    this.ticking = ticking;
    this.offsetMs = startMs;
  }

  at(virtualMs: number): number {
    return Math.floor(this.offsetMs + (virtualMs - this.sinceMs) * this.rate);
  }

  /** Right again, as if nothing had ever been done to it. */
  reset(): void {
    this.offsetMs = this.startMs;
    this.sinceMs = 0;
    this.rate = 1;
  }

  jump(byMs: number): void {
    this.offsetMs += byMs;
  }

  /** From now on the wall clock runs at this rate. */
  drift(virtualMs: number, rate: number): void {
    this.offsetMs = this.at(virtualMs);
    this.sinceMs = virtualMs;
    this.rate = rate;
  }
}

export class SimClock implements Clock {
  private readonly life: Life;
  private readonly wall: SimWall;
  private readonly prng: Prng;
  private readonly latenessMs: number;
  private readonly startedAtMs: number;
  private readonly laters: (() => void)[] = [];

  /** Timers are usually late by up to `latenessMs`, one in 64 by up to twenty times that. */
  constructor(life: Life, wall: SimWall, prng: Prng, latenessMs: number) {
    this.life = life;
    this.wall = wall;
    this.prng = prng;
    this.latenessMs = latenessMs;
    // A process counts from some start of its own: nothing may compare it across restarts.
    this.startedAtMs = life.scheduler.nowMs() - prng.below(1_000_000);
  }

  wallMs(): number {
    return this.wall.at(this.life.scheduler.nowMs());
  }

  monotonicMs(): number {
    return (this.life.scheduler.nowMs() - this.startedAtMs) * this.wall.ticking;
  }

  startTimer(delayMs: number, fire: () => void): TimerHandle {
    const late = this.prng.float() * this.latenessMs * (this.prng.below(64) === 0 ? 20 : 1);
    // A millisecond at least, as setTimeout has it.
    const ownMs = Math.max(1, delayMs) / this.wall.ticking;
    return { timer: this.life.after(ownMs + late, "timer", fire) };
  }

  stopTimer(handle: TimerHandle): void {
    this.life.scheduler.cancel(handle.timer as SimEvent);
  }

  soon(run: () => void): void {
    this.laters.push(run);
    // A little time passes, so that a host which never ends its run still lets the world go on.
    const delayMs = 0.001 + this.prng.float() * 0.02;
    this.life.after(delayMs, "soon", () => this.laters.shift()?.());
  }
}
