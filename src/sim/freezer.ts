// A process that stands still and goes on later, as one does whose machine swaps or whose virtual
// machine was paused: what comes meanwhile waits, and then comes all at once. It does not know.
//
// Lives on: the simulator's thread.

import type { Clock, ConnectionEvents, Sockets, TimerHandle } from "../runtime/ports.ts";

type Timer = { handle: TimerHandle; isOver: boolean };

export class Freezer {
  private isFrozen = false;
  private readonly held: (() => void)[] = [];

  get standsStill(): boolean {
    return this.isFrozen;
  }

  /** Nothing waits, nor would it. */
  get isThrough(): boolean {
    return !this.isFrozen && this.held.length === 0;
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
    while (!this.isFrozen) {
      const run = this.held.shift();
      if (run === undefined) return;
      run();
    }
  }

  clock(clock: Clock): Clock {
    return {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      soon: (run) => clock.soon(() => this.pass(run)),
      startTimer: (delayMs, fire) => {
        const timer: Partial<Timer> = { isOver: false };
        timer.handle = clock.startTimer(delayMs, () => {
          // It may be stopped while it waits for the thaw.
          this.pass(() => {
            if (timer.isOver !== true) fire();
          });
        });
        return { timer };
      },
      stopTimer: ({ timer }) => {
        const known = timer as Timer;
        known.isOver = true;
        clock.stopTimer(known.handle);
      },
    };
  }

  sockets(sockets: Sockets): Sockets {
    const later = (events: ConnectionEvents): ConnectionEvents => ({
      bytes: (chunk) => this.pass(() => events.bytes(chunk)),
      drained: () => this.pass(() => events.drained()),
      closed: (fault) => this.pass(() => events.closed(fault)),
    });
    return {
      listen: (options, events) => sockets.listen(options, events),
      connect: (to, events) => {
        sockets.connect(to, {
          ...later(events),
          opened: (connection) => this.pass(() => events.opened(connection)),
        });
      },
    };
  }

  /** Now, or with what else has come when it goes on. */
  pass(run: () => void): void {
    if (this.isThrough) run();
    else this.held.push(run);
  }
}
