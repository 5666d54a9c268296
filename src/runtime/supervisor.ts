// The supervisor starts a node's hosts, starts one anew when an exception has ended it, and says that
// the node must end where that would be a lie: a failed assertion would only be met again, a crash of
// the runtime leaves nothing to trust, and a second death within a minute is no accident.
//
// Lives on: main thread.

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import type { Step } from "../base/steps.ts";
import type { Clock, HostEnd, HostThread, Log, Threads } from "./ports.ts";

/** A host that dies twice within this time ends the node. */
const RESTART_WINDOW_MS = 60_000;

export type SupervisorEvents = {
  /** Whether a host that has died could be of use again: asked before it is started anew. */
  mayRestart(hostIndex: number): boolean;
  /** A host was started anew and is ready for requests; its actors are still to be created. */
  restarted(hostIndex: number): void;
  /** The node must end: no host may be trusted, or an actor asked for it. Heard once. */
  failed(reason: string): void;
};

type Place = { thread: HostThread | undefined; diedAtMs: number };

export class Supervisor {
  private readonly threads: Threads;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly settings: () => unknown;
  private readonly events: SupervisorEvents;
  private readonly places: Place[];
  /** Nothing that happens to a host from now on is news. */
  private over = false;

  constructor(
    ports: { threads: Threads; clock: Clock; log: Log },
    hostCount: number,
    settings: () => unknown,
    events: SupervisorEvents,
  ) {
    this.threads = ports.threads;
    this.clock = ports.clock;
    this.log = ports.log;
    this.settings = settings;
    this.events = events;
    this.places = Array.from({ length: hostCount }, () => ({
      thread: undefined,
      diedAtMs: -Infinity,
    }));
  }

  get hostCount(): number {
    return this.places.length;
  }

  /** Starts every host; each is done when it is ready, or has died before it was. */
  start(): Step<null>[] {
    return this.places.map((_, index) => (done: (value: null) => void) => {
      let isTold = false;
      const tell = (): void => {
        if (!isTold) done(null);
        isTold = true;
      };
      this.startHost(index, tell, tell);
    });
  }

  request(hostIndex: number, name: string, args: unknown): Step<Outcome<unknown>> {
    return (done) => {
      const thread = this.places[hostIndex]?.thread;
      if (thread === undefined) done(failure("stopped", `host ${hostIndex} is down`));
      else thread.request(name, args, done);
    };
  }

  /** Stops every host and frees the threads. */
  stop(drainMs: number): Step<null> {
    return (done) => {
      this.over = true;
      const running = this.places.flatMap(({ thread }) => (thread === undefined ? [] : [thread]));
      let missing = running.length;
      const oneLess = (): void => {
        missing -= 1;
        if (missing <= 0) this.threads.close(() => done(null));
      };
      if (missing === 0) return this.threads.close(() => done(null));
      for (const thread of running) thread.stop(drainMs, oneLess);
    };
  }

  private startHost(index: number, ready: () => void, died: () => void = () => {}): void {
    const place = this.places[index];
    if (place === undefined) return;
    place.thread = this.threads.start(index, this.settings(), {
      ready,
      ended: (end) => {
        this.hostEnded(index, place, end);
        died();
      },
      stopNode: (reason) => this.fail(reason),
    });
  }

  private hostEnded(index: number, place: Place, end: HostEnd): void {
    place.thread = undefined;
    if (this.over || end.kind === "stopped") return;
    const nowMs = this.clock.monotonicMs();
    const { kind, detail } = end;
    if (kind === "assertion") return this.fail(`a bug in host ${index}: ${detail}`);
    if (kind === "crashed") return this.fail(`host ${index} crashed: ${detail}`);
    if (nowMs - place.diedAtMs < RESTART_WINDOW_MS) {
      return this.fail(`host ${index} died twice within a minute: ${detail}`);
    }
    if (!this.events.mayRestart(index)) return this.fail(`host ${index} died: ${detail}`);
    place.diedAtMs = nowMs;
    this.log.write("error", "host starts anew", { hostIndex: index, detail });
    this.startHost(index, () => this.events.restarted(index));
  }

  private fail(reason: string): void {
    if (this.over) return;
    this.over = true;
    this.log.write("fatal", "node stops", { reason });
    this.events.failed(reason);
  }
}
