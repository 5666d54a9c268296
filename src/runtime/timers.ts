// Deadlines: very many timers of few different lengths, nearly all of which are stopped before they
// fire (an ask is answered, a parked fetch finds data). Deadlines of one length expire in the order
// they were started, so each length has a doubly linked list and one clock timer serves them all:
// start and stop are O(1). Lengths are rounded up, which a timer that may be late allows.
//
// Lives on: host thread.

import type { Clock, TimerHandle } from "./ports.ts";

export type Deadline = {
  readonly atMs: number;
  readonly expire: () => void;
  list: DeadlineList | undefined;
  before: Deadline | undefined;
  after: Deadline | undefined;
};

type DeadlineList = { first: Deadline | undefined; last: Deadline | undefined };

/** Bounds the number of lists, whatever lengths a client asks for. */
function roundedUp(delayMs: number): number {
  const step = delayMs <= 1_000 ? 5 : delayMs <= 60_000 ? 100 : 5_000;
  return Math.min(Math.max(Math.ceil(delayMs / step) * step, step), 2 ** 31 - 1);
}

export class Deadlines {
  private readonly clock: Clock;
  private readonly enter: (expire: () => void) => void;
  private readonly lists = new Map<number, DeadlineList>();
  private timer: TimerHandle | undefined;
  private timerAtMs = Infinity;
  private count = 0;

  /** All that falls due together expires inside one `enter`. */
  constructor(clock: Clock, enter: (expire: () => void) => void = (expire) => expire()) {
    this.clock = clock;
    this.enter = enter;
  }

  get size(): number {
    return this.count;
  }

  start(delayMs: number, expire: () => void): Deadline {
    const length = roundedUp(delayMs);
    let list = this.lists.get(length);
    if (list === undefined) {
      list = { first: undefined, last: undefined };
      this.lists.set(length, list);
    }
    const atMs = this.clock.monotonicMs() + length;
    const deadline: Deadline = { atMs, expire, list, before: list.last, after: undefined };
    if (list.last === undefined) list.first = deadline;
    else list.last.after = deadline;
    list.last = deadline;
    this.count += 1;
    if (atMs < this.timerAtMs) this.arm(atMs);
    return deadline;
  }

  stop(deadline: Deadline): void {
    const list = deadline.list;
    if (list === undefined) return; // expired or stopped already
    if (deadline.before === undefined) list.first = deadline.after;
    else deadline.before.after = deadline.after;
    if (deadline.after === undefined) list.last = deadline.before;
    else deadline.after.before = deadline.before;
    deadline.list = undefined;
    // One that has grown old would keep all that came after it from being collected young.
    deadline.before = undefined;
    deadline.after = undefined;
    this.count -= 1;
  }

  /** Forgets every deadline. */
  close(): void {
    this.lists.clear();
    if (this.timer !== undefined) this.clock.stopTimer(this.timer);
    this.timer = undefined;
    this.timerAtMs = Infinity;
    this.count = 0;
  }

  private arm(atMs: number): void {
    if (this.timer !== undefined) this.clock.stopTimer(this.timer);
    this.timerAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.clock.monotonicMs());
    this.timer = this.clock.startTimer(Math.ceil(delayMs), () => this.fired());
  }

  private fired(): void {
    this.timer = undefined;
    this.timerAtMs = Infinity;
    const nowMs = this.clock.monotonicMs();
    const due: Deadline[] = [];
    for (const list of this.lists.values()) {
      while (list.first !== undefined && list.first.atMs <= nowMs) {
        due.push(list.first);
        this.stop(list.first);
      }
    }
    due.sort((a, b) => a.atMs - b.atMs);
    this.enter(() => {
      for (const deadline of due) deadline.expire();
    });
    let next = Infinity;
    for (const [length, list] of this.lists) {
      if (list.first === undefined) this.lists.delete(length);
      else next = Math.min(next, list.first.atMs);
    }
    if (next < this.timerAtMs) this.arm(next);
  }
}
