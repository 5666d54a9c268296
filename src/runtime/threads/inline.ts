// The Threads port without threads: hosts run on the calling thread. Fastest to start and smallest,
// for a node embedded in a test process. Hosts are joined by the very same ports as elsewhere, so
// nothing an actor could notice is different.
//
// A host that dies is replaced like any other; what lies outside its actors (an exception in the
// embedding program, memory) is the embedding program's own.
//
// Lives on: main thread.

import { MessageChannel } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { failure, success } from "../../base/outcome.ts";
import type { HostEnd, HostEvents, HostThread, Jobs, Log, RunningHost, Threads } from "../ports.ts";
import { realClock } from "./clock.ts";
import type { CreateHost } from "./host-module.ts";
import { noJobs } from "./jobs.ts";
import type { LinkPort } from "./links.ts";
import { PortLinks } from "./links.ts";
import { realRandom } from "./random.ts";

export type InlineThreadsOptions = {
  readonly createHost: CreateHost;
  readonly hostCount: number;
  readonly log: Log;
  readonly jobs?: Jobs;
};

type StartEvents = { ready(): void } & HostEvents;

export function createInlineThreads(options: InlineThreadsOptions): Threads {
  const hosts = new Map<number, InlineHost>();
  return {
    start(hostIndex, settings, events) {
      assert(!hosts.has(hostIndex), `host ${hostIndex} is running already`);
      const linked = [...hosts].map(([other, host]): LinkPort => {
        const { port1, port2 } = new MessageChannel();
        host.links.connect(hostIndex, port1);
        return [other, port2];
      });
      const links = new PortLinks(
        hostIndex,
        { hostCount: options.hostCount, asideIndex: 0 },
        linked,
      );
      const host = new InlineHost(links, {
        ...events,
        ended: (end) => {
          hosts.delete(hostIndex);
          events.ended(end);
        },
      });
      hosts.set(hostIndex, host);
      // Plain data here too: what a thread could not be given must fail here as well.
      host.start(options, structuredClone(settings));
      return host;
    },
    close: (done) => void setImmediate(done),
  };
}

class InlineHost implements HostThread {
  readonly links: PortLinks;
  private readonly events: StartEvents;
  private running: RunningHost | undefined;
  private readonly unanswered = new Set<() => void>();
  private over = false;

  constructor(links: PortLinks, events: StartEvents) {
    this.links = links;
    this.events = events;
  }

  start(options: InlineThreadsOptions, settings: unknown): void {
    const { createHost, log, jobs = noJobs } = options;
    const ports = { clock: realClock, random: realRandom, links: this.links, jobs, log };
    setImmediate(() => {
      try {
        this.running = createHost(ports, settings, {
          ended: (end) => this.finish(end),
          stopNode: (reason) => void setImmediate(() => this.events.stopNode(reason)),
        });
        this.running.start();
      } catch (error) {
        const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return this.finish({ kind: "crashed", detail });
      }
      if (!this.over) this.events.ready();
    });
  }

  stop(drainMs: number, done: () => void): void {
    if (this.over) return void setImmediate(done);
    this.unanswered.add(done);
    // A host that is stopped before it could start has nothing to stop.
    setImmediate(() => {
      const end = (): void => this.finish({ kind: "stopped", detail: "stopped" });
      if (this.running === undefined) end();
      else this.running.stop(drainMs, end);
    });
  }

  stats: HostThread["stats"] = (done) => {
    setImmediate(() => {
      const host = this.over ? undefined : this.running;
      done(host === undefined ? stopped : success(host.stats()));
    });
  };

  request: HostThread["request"] = (name, args, done) => {
    const giveUp = (): void => done(stopped);
    this.unanswered.add(giveUp);
    setImmediate(() => {
      const host = this.over ? undefined : this.running;
      if (host === undefined) return void (this.unanswered.delete(giveUp) && giveUp());
      host.request(name, structuredClone(args), (outcome) => {
        if (this.unanswered.delete(giveUp)) done(outcome);
      });
    });
  };

  private finish(end: HostEnd): void {
    if (this.over) return;
    this.over = true;
    this.links.close();
    // Not within the dying host's own turn.
    setImmediate(() => {
      this.events.ended(end);
      for (const settle of this.unanswered) settle();
      this.unanswered.clear();
    });
  }
}

const stopped = failure("stopped", "the host has ended");
