// The life of one simulated process or host: as long as it lasts its events happen; when it ends,
// nothing of it happens any more: no timer, no completion, no byte. A restart is another life.
//
// Lives on: the simulator's thread.

import type { Freezer } from "./freezer.ts";
import type { Scheduler, SimEvent } from "./scheduler.ts";

export class Life {
  readonly name: string;
  readonly scheduler: Scheduler;
  /** Of the process; none: it never stands still. */
  readonly freezer: Freezer | undefined;
  private ended = false;
  private readonly endings: (() => void)[] = [];
  private readonly labels = new Map<string, string>();

  constructor(scheduler: Scheduler, name: string, freezer?: Freezer) {
    this.scheduler = scheduler;
    this.name = name;
    this.freezer = freezer;
  }

  get alive(): boolean {
    return !this.ended;
  }

  /** An event that happens only if this life lasts until then. */
  after(delayMs: number, label: string, run: () => void): SimEvent {
    const event: SimEvent = this.scheduler.after(delayMs, this.labelOf(label), () => {
      if (this.ended) return;
      if (this.freezer?.isThrough === false) {
        // A timer may be stopped while it waits.
        this.freezer.pass(() => {
          if (!this.ended && !event.isCancelled) run();
        });
      } else run();
    });
    return event;
  }

  /** Called once when this life ends; at once when it has. */
  onEnd(run: () => void): void {
    if (this.ended) run();
    else this.endings.push(run);
  }

  private labelOf(label: string): string {
    let whole = this.labels.get(label);
    if (whole === undefined) {
      whole = `${label} ${this.name}`;
      this.labels.set(label, whole);
    }
    return whole;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const run of this.endings.splice(0)) run();
  }
}
