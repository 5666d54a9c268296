// Runs routines (routine.ts) for a host: steps a generator, starts what it yields, and goes on when
// the answer is there. An answer that is there at once continues the same turn, so a read from a
// synchronous disk costs no trip through the queue.
//
// Lives on: host thread.

import { assert } from "../base/assert.ts";
import type { Outcome } from "../base/outcome.ts";
import { FaultRaised, success } from "../base/outcome.ts";
import type { Waiter } from "./calls.ts";
import type { Cell } from "./cell.ts";
import type { Host } from "./host.ts";
import type { Effect, Routine } from "./routine.ts";

/** Synchronous steps one turn may take before others get theirs. */
const STEPS_PER_TURN_MAX = 64;

export class RoutineRun implements Waiter {
  private readonly host: Host;
  private readonly cell: Cell;
  private readonly routine: Routine<unknown>;
  private readonly finish: ((outcome: Outcome<unknown>) => void) | undefined;
  private stepping = false;
  private immediate: Outcome<unknown> | undefined;

  constructor(
    host: Host,
    cell: Cell,
    routine: Routine<unknown>,
    finish: ((outcome: Outcome<unknown>) => void) | undefined,
  ) {
    this.host = host;
    this.cell = cell;
    this.routine = routine;
    this.finish = finish;
  }

  start(): void {
    this.step(undefined);
  }

  /** The answer to the effect that the routine waits for. */
  settle(outcome: Outcome<unknown>): void {
    if (this.stepping) this.immediate = outcome;
    else this.host.enqueueResume(this.cell, () => this.step(outcome));
  }

  private step(answer: Outcome<unknown> | undefined): void {
    if (!this.cell.alive) return;
    let next = answer;
    for (let steps = 1; ; steps++) {
      let result: IteratorResult<Effect, unknown>;
      try {
        result = this.routine.next(next);
      } catch (error) {
        if (!(error instanceof FaultRaised) || this.finish === undefined) throw error;
        this.finish(error.fault);
        return;
      }
      this.host.carryOut(this.cell);
      if (result.done === true) {
        this.finish?.(success(result.value));
        return;
      }
      this.stepping = true;
      this.immediate = undefined;
      startEffect(this.host, result.value, this);
      this.stepping = false;
      if (this.immediate === undefined) return;
      next = this.immediate;
      if (steps >= STEPS_PER_TURN_MAX) {
        const resumed = next;
        this.host.enqueueResume(this.cell, () => this.step(resumed));
        return;
      }
    }
  }
}

/** Gathers the outcomes of an `all` effect and settles its waiter with the last of them. */
class AllWaiter {
  private readonly outcomes: Outcome<unknown>[];
  private readonly waiter: Waiter;
  private missing: number;

  constructor(count: number, waiter: Waiter) {
    this.outcomes = new Array<Outcome<unknown>>(count);
    this.missing = count;
    this.waiter = waiter;
  }

  slot(index: number): Waiter {
    return {
      settle: (outcome) => {
        assert(this.outcomes[index] === undefined, "an effect was answered twice");
        this.outcomes[index] = outcome;
        this.missing -= 1;
        if (this.missing === 0) this.waiter.settle(success(this.outcomes));
      },
    };
  }
}

function startEffect(host: Host, effect: Effect, waiter: Waiter): void {
  switch (effect.effect) {
    case "disk": {
      const outcome = host.ports.disk.submit(effect.request, (late) =>
        host.enter(() => waiter.settle(late)),
      );
      if (outcome !== undefined) waiter.settle(outcome);
      return;
    }
    case "ask":
      host.post.ask(effect.to, effect.kind, effect.args, effect.timeoutMs, waiter);
      return;
    case "job":
      host.ports.jobs.run(effect.job, (outcome) => host.enter(() => waiter.settle(outcome)));
      return;
    case "sleep":
      host.deadlines.start(effect.delayMs, () => host.enter(() => waiter.settle(success(null))));
      return;
    case "recycle":
    case "retain":
      host.ports.disk[effect.effect]?.(effect.buffer);
      waiter.settle(success(null));
      return;
    case "giveWay":
      host.giveWay(effect.restMs, () => waiter.settle(success(null)));
      return;
    case "signal":
      startSignalWait(host, effect, waiter);
      return;
    case "all": {
      if (effect.effects.length === 0) return waiter.settle(success([]));
      const all = new AllWaiter(effect.effects.length, waiter);
      effect.effects.forEach((each, index) => startEffect(host, each, all.slot(index)));
      return;
    }
  }
}

function startSignalWait(
  host: Host,
  { signal, timeoutMs }: Extract<Effect, { effect: "signal" }>,
  waiter: Waiter,
): void {
  assert(signal.wake === undefined, "two routines wait for one signal");
  if (signal.fired) {
    signal.fired = false;
    waiter.settle(success(true));
    return;
  }
  const deadline = host.deadlines.start(timeoutMs, () => {
    signal.wake = undefined;
    host.enter(() => waiter.settle(success(false)));
  });
  signal.wake = () => {
    signal.wake = undefined;
    host.deadlines.stop(deadline);
    waiter.settle(success(true));
  };
}
