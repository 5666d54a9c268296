// The inside of a host thread: one Piscina task that never ends by itself. It builds the ports that
// a thread can make, lets the host module build the host on them, and answers the control plane.
//
// It ends in one of two ways. A host that was stopped resolves the task. A host that died takes its
// thread along: timers, sockets, file handles and half-done work of an actor system whose state is
// not to be trusted must not live on beside its successor, and a thread's end is the one broom that
// forgets nothing. The pool then starts a fresh thread.
//
// Lives on: host thread.

import { enableCompileCache } from "node:module";
import type { MessagePort } from "node:worker_threads";
import * as comlink from "comlink";
import { AssertionFailed } from "../../base/assert.ts";
import type { Outcome } from "../../base/outcome.ts";
import type { HostEnd, HostStats, Log, RunningHost } from "../ports.ts";
import { realClock } from "./clock.ts";
import { controlEndpoint } from "./control-endpoint.ts";
import type { HostModule } from "./host-module.ts";
import { noJobs, PortJobs } from "./jobs.ts";
import type { LinkPort } from "./links.ts";
import { PortLinks } from "./links.ts";
import { createLog } from "./log.ts";
import type { LogOptions } from "./log.ts";
import { giveMemoryBackAfterStart } from "./memory-after-start.ts";
import { realRandom } from "./random.ts";

/** What a host thread is given. Its ports are transferred. */
export type HostTask = {
  readonly hostIndex: number;
  readonly hostCount: number;
  readonly asideIndex: number;
  readonly hostModule: string;
  /** Where compiled code is kept; undefined: it is not. */
  readonly compileCache: string | undefined;
  readonly settings: unknown;
  readonly log: LogOptions;
  readonly control: MessagePort;
  readonly jobs: MessagePort | undefined;
  readonly links: readonly LinkPort[];
};

/** The control plane, as Comlink shows it to the main thread. */
export interface HostControl {
  /** Resolves when the host has started. */
  ready(): Promise<void>;
  stop(drainMs: number): void;
  stats(): Promise<HostStats>;
  request(name: string, args: unknown): Promise<Outcome<unknown>>;
  connect(hostIndex: number, port: MessagePort): void;
}

/**
 * What a host says unasked. Posted beside Comlink's own messages, which it leaves alone: posting is
 * synchronous, so the last words are out before the thread ends, while the answer to a call might
 * not be.
 */
export type HostNotice = { readonly died: HostEnd } | { readonly stopNode: string };

export default async function runHost(task: HostTask): Promise<HostEnd> {
  if (task.compileCache !== undefined) enableCompileCache(task.compileCache);
  const started = Promise.withResolvers<RunningHost>();
  const stopped = Promise.withResolvers<HostEnd>();
  const notify = (notice: HostNotice): void => task.control.postMessage(notice);
  started.promise.catch(() => {});
  const links = new PortLinks(task.hostIndex, task, task.links);

  function end(how: HostEnd): void {
    links.close();
    if (how.kind === "stopped") return stopped.resolve(how);
    notify({ died: how });
    process.exit(1);
  }

  const control: HostControl = {
    ready: () => started.promise.then(() => {}),
    stop: (drainMs) =>
      void started.promise.then((host) =>
        host.stop(drainMs, () => end({ kind: "stopped", detail: "stopped" })),
      ),
    stats: async () => (await started.promise).stats(),
    request: async (name, args) => {
      const host = await started.promise;
      return await new Promise((resolve) => host.request(name, args, resolve));
    },
    connect: (hostIndex, port) => links.connect(hostIndex, port),
  };
  comlink.expose(control, controlEndpoint(task.control));

  const log = await createLog(task.log, { host: task.hostIndex });
  catchWhatEscapes(log, end);
  try {
    const { createHost } = (await import(task.hostModule)) as HostModule;
    const jobs = task.jobs === undefined ? noJobs : new PortJobs(task.jobs);
    const ports = { clock: realClock, random: realRandom, links, jobs, log };
    const host = createHost(ports, task.settings, {
      ended: end,
      stopNode: (reason) => notify({ stopNode: reason }),
    });
    host.start();
    started.resolve(host);
    giveMemoryBackAfterStart();
  } catch (error) {
    started.reject(error);
    log.write("fatal", "host could not be built", { error: String(error) });
    end(endOf(error));
  }
  const how = await stopped.promise;
  task.jobs?.close();
  return how;
}

/** Exceptions outside every actor's turn: in an adapter's own callback, say. */
function catchWhatEscapes(log: Log, end: (how: HostEnd) => void): void {
  process.on("uncaughtException", (error) => {
    log.write("fatal", "exception outside of any actor", { error: error.stack ?? String(error) });
    end(endOf(error));
  });
}

function endOf(error: unknown): HostEnd {
  const kind = error instanceof AssertionFailed ? "assertion" : "crashed";
  return { kind, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
