// The real Threads port: every host is one never-ending task of a Piscina pool with exactly as many
// threads as hosts; Comlink is the control plane between this side and the hosts.
//
// A thread knows nothing of what it runs. The adapter is given the URL of a module (host-module.ts):
//
//   createThreads({ hostModule: new URL("./host-main.ts", import.meta.url), hostCount, log })
//
// Each thread imports it and calls `createHost(ports, settings, events)`. `ports` holds what a thread
// can make by itself: clock, random, links, jobs, log. The module adds disk, sockets and peers, which
// this folder may not know, and answers with the host's control plane, a `RunningHost`.
//
// A host that dies takes its thread along (worker-entry.ts) and `ended` is heard only when the thread
// is gone, with every descriptor and every file operation in flight: its successor finds the files at
// rest. The pool has a fresh thread ready by then. Running out of memory or a crash of native code
// ends a thread without a word: `crashed`.
//
// Lives on: main thread.

import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import * as comlink from "comlink";
import type { Piscina } from "piscina";
import { assert } from "../../base/assert.ts";
import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { HostEnd, HostEvents, HostStats, HostThread, Threads } from "../ports.ts";
import { controlEndpoint } from "./control-endpoint.ts";
import type { HostPool } from "./host-pool.ts";
import { beginHostPool } from "./host-pool.ts";
import type { JobPool } from "./jobs.ts";
import type { LinkPort } from "./links.ts";
import type { LogOptions } from "./log.ts";
import type { HostControl, HostNotice, HostTask } from "./worker-entry.ts";

export type ThreadsOptions = {
  /** URL of the module that builds a host (host-module.ts). */
  readonly hostModule: URL;
  readonly hostCount: number;
  /** One more, behind those, for what must not wait for them. */
  readonly hasAside?: boolean;
  /** Threads that were begun ahead, used where they are as many as it takes, and ended where not. */
  readonly ahead?: HostPool | undefined;
  readonly log: LogOptions;
  /** Runs the hosts' jobs; left out, jobs are refused. Closed by whoever made it. */
  readonly jobs?: JobPool;
};

/** How long a host may take to stop beyond its own time before its thread is ended by force. */
const STOP_GRACE_MS = 5_000;
/** How long a dead thread's last words may take to be read. */
const LAST_WORDS_MS = 500;

type StartEvents = { ready(): void } & HostEvents;

export function createThreads(options: ThreadsOptions): Threads {
  const { hostCount, hasAside = false, ahead, jobs } = options;
  const threadCount = hostCount + (hasAside ? 1 : 0);
  const fits = ahead?.threadCount === threadCount;
  if (!fits) void ahead?.end();
  const hostPool = fits ? ahead : beginHostPool(threadCount);
  const hosts = new Map<number, WorkerHost>();

  return {
    start(hostIndex, settings, events) {
      assert(!hosts.has(hostIndex), `host ${hostIndex} is running already`);
      const links = [...hosts].map(([other, host]): LinkPort => {
        const { port1, port2 } = new MessageChannel();
        host.connect(hostIndex, port1);
        return [other, port2];
      });
      const control = new MessageChannel();
      const jobChannel = jobs === undefined ? undefined : new MessageChannel();
      if (jobChannel !== undefined) jobs?.serve(jobChannel.port1);
      const task: HostTask = {
        hostIndex,
        hostCount,
        asideIndex: hasAside ? hostCount : 0,
        hostModule: options.hostModule.href,
        compileCache: compileCache(),
        settings,
        log: options.log,
        control: control.port2,
        jobs: jobChannel?.port2,
        links,
      };
      const host = new WorkerHost(control.port1, {
        ...events,
        ended: (end) => {
          hosts.delete(hostIndex);
          jobChannel?.port1.close();
          events.ended(end);
        },
      });
      hosts.set(hostIndex, host);
      host.run(hostPool.pool, task);
      return host;
    },
    close: (done) => void closePool(hostPool, done),
  };
}

async function closePool(pool: HostPool, done: () => void): Promise<void> {
  await pool.end();
  done();
}

class WorkerHost implements HostThread {
  private readonly port: MessagePort;
  // Held for the host's whole life: a proxy that is collected in the middle of a call hangs it.
  private readonly control: comlink.Remote<HostControl>;
  private readonly events: StartEvents;
  private readonly kill = new AbortController();
  /** Settles what was asked of the host and not answered when it ends. */
  private readonly unanswered = new Set<() => void>();
  private over = false;

  constructor(port: MessagePort, events: StartEvents) {
    this.port = port;
    this.events = events;
    this.control = comlink.wrap<HostControl>(controlEndpoint(port));
  }

  run(pool: Piscina, task: HostTask): void {
    const links = task.links.map(([, port]) => port);
    const transferList = [task.control, ...links, ...(task.jobs === undefined ? [] : [task.jobs])];
    const running = pool.run(task, { transferList, signal: this.kill.signal }) as Promise<HostEnd>;
    void this.control.ready().then(() => !this.over && this.events.ready(), ignore);
    void this.watch(running);
  }

  private async watch(running: Promise<HostEnd>): Promise<void> {
    let lastWords: HostEnd | undefined;
    this.port.on("message", (notice: HostNotice | { id: unknown }) => {
      if ("died" in notice) lastWords = notice.died;
      if ("stopNode" in notice && !this.over) this.events.stopNode(notice.stopNode);
    });
    const closed = new Promise<void>((resolve) => this.port.once("close", resolve));
    try {
      this.finish(await running);
    } catch (error) {
      // The thread is gone. Its last words, if it had any, come before its port is closed.
      await Promise.race([closed, delay(LAST_WORDS_MS)]);
      this.finish(lastWords ?? { kind: "crashed", detail: String(error) });
    }
  }

  connect(hostIndex: number, port: MessagePort): void {
    void this.control.connect(hostIndex, comlink.transfer(port, [port as never])).catch(ignore);
  }

  stop(drainMs: number, done: () => void): void {
    if (this.over) return void setImmediate(done);
    const grace = setTimeout(() => this.kill.abort(), drainMs + STOP_GRACE_MS);
    this.unanswered.add(() => {
      clearTimeout(grace);
      done();
    });
    void this.control.stop(drainMs).catch(ignore);
  }

  stats(done: (stats: Outcome<HostStats>) => void): void {
    void this.ask(async () => success(await this.control.stats()), done);
  }

  request(name: string, args: unknown, done: (outcome: Outcome<unknown>) => void): void {
    void this.ask(() => this.control.request(name, args), done);
  }

  /** Tells the answer, or `stopped` when the host ends first. */
  private async ask<T>(
    question: () => Promise<Outcome<T>>,
    done: (outcome: Outcome<T>) => void,
  ): Promise<void> {
    const giveUp = (): void => done(stopped);
    if (this.over) return void setImmediate(giveUp);
    this.unanswered.add(giveUp);
    const outcome = await question().catch((error: unknown) => failure("stopped", String(error)));
    if (this.unanswered.delete(giveUp)) done(outcome);
  }

  private finish(end: HostEnd): void {
    if (this.over) return;
    this.over = true;
    this.control[comlink.releaseProxy]();
    this.port.close();
    this.events.ended(end);
    for (const settle of this.unanswered) settle();
    this.unanswered.clear();
  }
}

const stopped = failure("stopped", "the host has ended");

/** A thread does not take it over by itself. Node names the folder that it made in the one it was given. */
function compileCache(): string | undefined {
  const made = getCompileCacheDir();
  return made === undefined ? undefined : dirname(made);
}

function ignore(): void {}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
