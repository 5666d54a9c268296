// The simulated Log port: every event is a line of the trace and part of its hash.
//
// Lives on: the simulator's thread.

import type { Log, LogLevel } from "../runtime/ports.ts";
import type { Scheduler } from "./scheduler.ts";

export class SimLog implements Log {
  private readonly scheduler: Scheduler;
  private readonly who: string;
  /** Called for every event, so that a checker may act on an `error` or `fatal` one. */
  private readonly heard: ((level: LogLevel, event: string) => void) | undefined;

  constructor(scheduler: Scheduler, who: string, heard?: (level: LogLevel, event: string) => void) {
    this.scheduler = scheduler;
    this.who = who;
    this.heard = heard;
  }

  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void {
    const { trace } = this.scheduler;
    trace.noteText(event);
    trace.line(this.scheduler.nowMs(), () => {
      return `${this.who} ${level} ${event} ${JSON.stringify(fields)}`;
    });
    this.heard?.(level, event);
  }
}
