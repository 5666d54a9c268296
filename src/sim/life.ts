// The life of one simulated process or host: as long as it lasts its events happen; when it ends,
// nothing of it happens any more: no timer, no completion, no byte. A restart is another life.
//
// Lives on: the simulator's thread.

import type { Scheduler, SimEvent } from "./scheduler.ts";

export class Life {
  readonly name: string;
  readonly scheduler: Scheduler;
  private ended = false;
  private readonly endings: (() => void)[] = [];

  constructor(scheduler: Scheduler, name: string) {
    this.scheduler = scheduler;
    this.name = name;
  }

  get alive(): boolean {
    return !this.ended;
  }

  /** An event that happens only if this life lasts until then. */
  after(delayMs: number, label: string, run: () => void): SimEvent {
    return this.scheduler.after(delayMs, `${label} ${this.name}`, () => {
      if (!this.ended) run();
    });
  }

  /** Called once when this life ends; at once when it has. */
  onEnd(run: () => void): void {
    if (this.ended) run();
    else this.endings.push(run);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const run of this.endings.splice(0)) run();
  }
}
