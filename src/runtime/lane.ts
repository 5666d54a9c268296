// A lane: routines of one actor that must not run beside each other, one at a time, in the order they
// entered. A job deals with its own faults; what leaves one is a bug and ends the host.
//
// Lives on: anywhere.

import type { Outbox } from "./actor.ts";
import type { Routine } from "./routine.ts";

export type LaneJob = () => Routine<void>;

export class Lane {
  private readonly out: Pick<Outbox<never>, "run">;
  private readonly queue: LaneJob[] = [];
  private running = false;

  constructor(out: Pick<Outbox<never>, "run">) {
    this.out = out;
  }

  /** Jobs that have not begun. Whoever fills the lane from outside bounds it by this. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Whether a job is under way. */
  get isBusy(): boolean {
    return this.running;
  }

  enter(job: LaneJob): void {
    this.queue.push(job);
    if (this.running) return;
    this.running = true;
    this.out.run(this.drain());
  }

  private *drain(): Routine<void> {
    for (let job = this.queue.shift(); job !== undefined; job = this.queue.shift()) {
      yield* job();
    }
    this.running = false;
  }
}
