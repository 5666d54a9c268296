// Hand-driven ports for unit tests of the runtime: a clock that moves when told, links that carry
// envelopes when told, and devices that refuse whatever a test did not give.

import type {
  Clock,
  DiskRequest,
  Envelope,
  HostPorts,
  LinkEvents,
  Links,
  TimerHandle,
} from "../../src/runtime/ports.ts";
import type { Outcome } from "../../src/base/outcome.ts";

export class FakeClock implements Clock {
  nowMs = 1_000;
  private timers: { atMs: number; fire: () => void }[] = [];
  private readonly laters: (() => void)[] = [];

  wallMs(): number {
    return 1_700_000_000_000 + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  startTimer(delayMs: number, fire: () => void): TimerHandle {
    const timer = { atMs: this.nowMs + delayMs, fire };
    this.timers.push(timer);
    return { timer };
  }

  stopTimer(handle: TimerHandle): void {
    this.timers = this.timers.filter((timer) => timer !== handle.timer);
  }

  soon(run: () => void): void {
    this.laters.push(run);
  }

  runLaters(): void {
    for (let run = this.laters.shift(); run !== undefined; run = this.laters.shift()) run();
  }

  get timerCount(): number {
    return this.timers.length;
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.atMs <= untilMs);
      due.sort((a, b) => a.atMs - b.atMs);
      const first = due[0];
      if (first === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== first);
      this.nowMs = Math.max(this.nowMs, first.atMs);
      first.fire();
    }
    this.nowMs = untilMs;
  }
}

/** Links of a few hosts in one process; envelopes wait until `deliver`. */
export class FakeLinks {
  readonly ends: Links[] = [];
  posts = 0;
  private readonly subscribers: LinkEvents[] = [];
  private readonly waiting: { from: number; to: number; envelope: Envelope }[] = [];
  private readonly downHosts = new Set<number>();

  constructor(hostCount: number) {
    for (let hostIndex = 0; hostIndex < hostCount; hostIndex++) {
      this.ends.push({
        hostIndex,
        hostCount,
        asideIndex: 0,
        isUp: (other) => !this.downHosts.has(other),
        post: (to, envelope) => {
          this.posts += 1;
          this.waiting.push({ from: hostIndex, to, envelope });
        },
        subscribe: (events) => {
          this.subscribers[hostIndex] = events;
        },
      });
    }
  }

  /** Carries everything across, as a structured clone with the transfer list would. */
  deliver(): void {
    for (let post = this.waiting.shift(); post !== undefined; post = this.waiting.shift()) {
      const { head, blobs, transfer } = post.envelope;
      const cloned = structuredClone({ head, blobs }, { transfer: [...transfer] });
      this.subscribers[post.to]?.envelope(post.from, cloned);
    }
  }

  down(hostIndex: number): void {
    this.downHosts.add(hostIndex);
    this.subscribers.forEach((events, index) => {
      if (index !== hostIndex) events.down(hostIndex);
    });
  }
}

function absent(name: string): never {
  throw new Error(`this test gave no ${name}`);
}

export type LoggedEvent = {
  level: string;
  event: string;
  fields: Readonly<Record<string, unknown>>;
};

export function fakePorts(
  links: Links,
  clock: Clock,
  given: {
    submit?: (
      request: DiskRequest,
      done: (outcome: Outcome<unknown>) => void,
    ) => Outcome<unknown> | undefined;
    ports?: Partial<HostPorts>;
    logged?: LoggedEvent[];
  } = {},
): HostPorts {
  return {
    clock,
    links,
    random: { uint32: () => 7, float: () => 0.5, bytes: (length) => new Uint8Array(length) },
    disk: { submit: given.submit ?? (() => absent("disk")) },
    sockets: { listen: () => absent("sockets"), connect: () => absent("sockets") },
    jobs: { run: () => absent("jobs") },
    peers: { listen: () => absent("peers"), connect: () => absent("peers") },
    log: { write: (level, event, fields) => given.logged?.push({ level, event, fields }) },
    ...given.ports,
  };
}
