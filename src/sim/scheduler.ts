// The heart of the simulator: one heap of events in virtual time. Whatever happens in a simulated
// world is an event of this heap, and nothing else decides an order: events due at the same
// microsecond come out in an order drawn from the seed, so the same seed is the same run.
//
// Lives on: the simulator's thread.

import { assert } from "../base/assert.ts";
import { MinHeap } from "../base/heap.ts";
import { Prng } from "../base/prng.ts";
import { Trace } from "./trace.ts";

/** Parts of a microsecond that order the events within it; a day of virtual time leaves 16 bits. */
const TIES = 0x1_0000;

/** One thing that will happen, unless it is cancelled before. */
export type SimEvent = {
  readonly label: string;
  run: (() => void) | undefined;
  isCancelled: boolean;
};

export class Scheduler {
  readonly seed: number;
  readonly trace = new Trace();
  private readonly heap = new MinHeap<SimEvent>();
  private readonly ties: Prng;
  private nowUs = 0;
  private handled = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.ties = this.stream("scheduler");
  }

  /** Random numbers of its own for one part of the world, untouched by what the others draw. */
  stream(name: string): Prng {
    return new Prng(this.seed, name);
  }

  /** Virtual milliseconds since the world began, with a fraction of whole microseconds. */
  nowMs(): number {
    return this.nowUs / 1000;
  }

  get eventsHandled(): number {
    return this.handled;
  }

  get eventsWaiting(): number {
    return this.heap.size;
  }

  /** Runs `run` after the delay, rounded up to a whole microsecond: late at most, never early. */
  after(delayMs: number, label: string, run: () => void): SimEvent {
    assert(delayMs >= 0 && delayMs < 1e12, `a delay of ${delayMs} ms for ${label}`);
    const event: SimEvent = { label, run, isCancelled: false };
    const dueUs = this.nowUs + Math.ceil(delayMs * 1000);
    this.heap.push(dueUs + this.ties.below(TIES) / TIES, event);
    return event;
  }

  /** The event will not happen; no effect when it has. */
  cancel(event: SimEvent): void {
    event.run = undefined;
    event.isCancelled = true;
  }

  /** Lets the next event happen. False when there is none. */
  step(): boolean {
    for (;;) {
      const key = this.heap.peekKey();
      const event = this.heap.pop();
      if (key === undefined || event === undefined) return false;
      const { run } = event;
      if (run === undefined) continue;
      event.run = undefined;
      this.nowUs = Math.max(this.nowUs, Math.floor(key));
      this.handled += 1;
      this.trace.note(this.nowUs | 0);
      this.trace.noteText(event.label);
      run();
      return true;
    }
  }

  /** Lets everything due within the span happen; the time is then that much later. */
  runFor(spanMs: number): void {
    const untilUs = this.nowUs + Math.ceil(spanMs * 1000);
    for (let key = this.nextKey(); key !== undefined && key < untilUs + 1; key = this.nextKey()) {
      this.step();
    }
    this.nowUs = untilUs;
  }

  /** Time passes though nothing happens. */
  advanceTo(timeMs: number): void {
    this.nowUs = Math.max(this.nowUs, Math.ceil(timeMs * 1000));
  }

  /** Runs until the condition holds; false when the span passed or nothing is left before it did. */
  runUntil(condition: () => boolean, withinMs: number): boolean {
    const untilUs = this.nowUs + Math.ceil(withinMs * 1000);
    while (!condition()) {
      const key = this.nextKey();
      if (key === undefined || key >= untilUs + 1) return false;
      this.step();
    }
    return true;
  }

  /** The key of the next event that has not been cancelled. */
  private nextKey(): number | undefined {
    while (this.heap.size > 0 && this.heap.peek()?.run === undefined) this.heap.pop();
    return this.heap.peekKey();
  }
}
