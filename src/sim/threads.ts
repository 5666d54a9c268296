// The simulated Threads port: hosts on the scheduler's heap. Control messages take time both ways; a
// host that dies ends with everything it had under way, and only when its device operations are over
// does the supervisor hear of it, as with a real thread.
//
// Lives on: the simulator's thread.

import { assert } from "../base/assert.ts";
import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type { Prng } from "../base/prng.ts";
import type { HostEnd, HostEvents, HostThread, RunningHost, Threads } from "../runtime/ports.ts";
import { Life } from "./life.ts";
import { SimLinks, SimPort } from "./links.ts";

export type SimThreadsOptions = {
  readonly hostCount: number;
  readonly hasAside?: boolean;
  /** Makes the ports of one incarnation of a host and builds the host on them. */
  createHost(
    given: { hostIndex: number; life: Life; links: SimLinks },
    settings: unknown,
    events: HostEvents,
  ): RunningHost;
  /** Calls `done` when nothing of the dead host is under way any more; left out: at once. */
  quiesce?(hostIndex: number, life: Life, done: () => void): void;
};

type StartEvents = { ready(): void } & HostEvents;

export class SimThreads implements Threads {
  private readonly process: Life;
  private readonly prng: Prng;
  private readonly options: SimThreadsOptions;
  private readonly hosts = new Map<number, SimHost>();
  private incarnations = 0;

  /** `process`: the life of the main thread. When it ends every host ends with it, silently. */
  constructor(process: Life, prng: Prng, options: SimThreadsOptions) {
    this.process = process;
    this.prng = prng;
    this.options = options;
    process.onEnd(() => {
      for (const host of this.hosts.values()) host.vanish();
    });
  }

  start(hostIndex: number, settings: unknown, events: StartEvents): HostThread {
    assert(!this.hosts.has(hostIndex), `host ${hostIndex} is running already`);
    const { scheduler } = this.process;
    this.incarnations += 1;
    const name = `${this.process.name}/h${hostIndex}.${this.incarnations}`;
    const life = new Life(scheduler, name, this.process.freezer);
    const linked = [...this.hosts].flatMap(([other, host]) => {
      if (!host.life.alive) return [];
      const theirs = new SimPort(host.life, this.prng);
      const ours = new SimPort(life, this.prng);
      SimPort.join(theirs, ours);
      host.connect(hostIndex, theirs);
      return [[other, ours] as const];
    });
    const links = new SimLinks(hostIndex, this.options, linked);
    const host: SimHost = new SimHost(this.process, life, links, this.prng, {
      ...events,
      ended: (end) => this.hostEnded(hostIndex, host, end, events),
    });
    this.hosts.set(hostIndex, host);
    const given = { hostIndex, life, links };
    const copied = structuredClone(settings);
    host.start((hostEvents) => this.options.createHost(given, copied, hostEvents));
    return host;
  }

  close(done: () => void): void {
    this.process.after(1, "threads closed", done);
  }

  /** A fault: the host dies as if an exception had left one of its actors, or its thread crashed. */
  kill(hostIndex: number, kind: "escaped" | "crashed"): void {
    this.hosts.get(hostIndex)?.die({ kind, detail: "killed by the simulator" });
  }

  private hostEnded(hostIndex: number, host: SimHost, end: HostEnd, events: StartEvents): void {
    const tell = (): void => {
      this.process.after(1 + this.prng.float() * 20, "host ended", () => {
        this.hosts.delete(hostIndex);
        events.ended(end);
        host.settleUnanswered();
      });
    };
    if (this.options.quiesce === undefined) tell();
    else this.options.quiesce(hostIndex, host.life, tell);
  }
}

class SimHost implements HostThread {
  readonly life: Life;
  private readonly process: Life;
  private readonly links: SimLinks;
  private readonly prng: Prng;
  private readonly events: StartEvents;
  private running: RunningHost | undefined;
  private readonly unanswered = new Set<() => void>();
  private readonly controls: (() => void)[] = [];
  private over = false;

  constructor(process: Life, life: Life, links: SimLinks, prng: Prng, events: StartEvents) {
    this.process = process;
    this.life = life;
    this.links = links;
    this.prng = prng;
    this.events = events;
  }

  start(create: (events: HostEvents) => RunningHost): void {
    this.life.after(1 + this.prng.float() * 30, "host starts", () => {
      try {
        this.running = create({
          ended: (end) => this.die(end),
          stopNode: (reason) => this.toMain(() => this.events.stopNode(reason)),
        });
        this.running.start();
      } catch (error) {
        return this.die({ kind: "crashed", detail: String(error) });
      }
      if (!this.over) this.toMain(() => !this.over && this.events.ready());
    });
  }

  connect(hostIndex: number, port: SimPort): void {
    this.toHost(() => this.links.connect(hostIndex, port));
  }

  stop(drainMs: number, done: () => void): void {
    if (this.over) return this.toMain(done);
    this.unanswered.add(done);
    this.toHost(() => {
      const end = (): void => this.die({ kind: "stopped", detail: "stopped" });
      if (this.running === undefined) end();
      else this.running.stop(drainMs, end);
    });
  }

  stats: HostThread["stats"] = (done) => {
    this.ask(done, (host, answer) => answer(success(host.stats())));
  };

  request: HostThread["request"] = (name, args, done) => {
    const copied = structuredClone(args);
    this.ask(done, (host, answer) =>
      host.request(name, copied, (outcome) => answer(structuredClone(outcome))),
    );
  };

  /** Ends here and now; the main thread hears of it a little later. */
  die(end: HostEnd): void {
    if (this.over) return;
    this.vanish();
    this.links.close();
    this.events.ended(end);
  }

  settleUnanswered(): void {
    for (const settle of this.unanswered) settle();
    this.unanswered.clear();
  }

  /** Ends without anyone hearing of it: the whole process is gone. */
  vanish(): void {
    this.over = true;
    this.life.end();
  }

  private ask<T>(
    done: (outcome: Outcome<T>) => void,
    question: (host: RunningHost, answer: (outcome: Outcome<T>) => void) => void,
  ): void {
    const giveUp = (): void => done(stopped);
    if (this.over) return this.toMain(giveUp);
    this.unanswered.add(giveUp);
    this.toHost(() => {
      const host = this.running;
      if (host === undefined) return;
      question(host, (outcome) =>
        this.toMain(() => {
          if (this.unanswered.delete(giveUp)) done(outcome);
        }),
      );
    });
  }

  /** In the order given, and not before the host has started. */
  private toHost(run: () => void): void {
    this.controls.push(run);
    const later = (): void => {
      if (this.running === undefined) this.life.after(1, "control waits", later);
      else this.controls.shift()?.();
    };
    this.life.after(0.02 + this.prng.float() * 0.2, "control", later);
  }

  private toMain(run: () => void): void {
    this.process.after(0.02 + this.prng.float() * 0.2, "control answer", run);
  }
}

const stopped = failure("stopped", "the host has ended");
