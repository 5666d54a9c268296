// A node on the real ports: threads, sockets, clock, log and the lock of its data directory. Both the
// command line and the embedding API start here.
//
// Lives on: main thread.

import { availableParallelism } from "node:os";
import type { RealHostSettings } from "./host-main.ts";
import { tcpSockets } from "./net/sockets.ts";
import type { BrokerSettings } from "./config/broker-config.ts";
import { Node } from "./node.ts";
import type { Log, SocketAddress } from "./runtime/ports.ts";
import { realClock } from "./runtime/threads/clock.ts";
import { JobPool } from "./runtime/threads/jobs.ts";
import type { LogOptions } from "./runtime/threads/log.ts";
import { createLog } from "./runtime/threads/log.ts";
import type { DirectoryLock } from "./storage/directory-lock.ts";
import { lockDirectory } from "./storage/directory-lock.ts";

export type StartNodeOptions = {
  readonly config: BrokerSettings;
  /** 0: everything on the calling thread. */
  readonly hosts: number;
  readonly inMemory: boolean;
  readonly log: LogOptions;
  /** The node had to end by itself. */
  readonly onFailed: (reason: string) => void;
};

export type RunningNode = {
  readonly address: SocketAddress;
  /** Resolves to whether every log could be closed cleanly. */
  stop(withinMs: number): Promise<boolean>;
};

/** Opening and recovering even a very large data directory; beyond it something is wrong. */
const READY_WITHIN_MS = 10 * 60_000;

/** One sentence of what is wrong and what to do about it: for people, without a stack. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}

/** A core is left to the clients of a small machine. */
export function defaultHosts(): number {
  return Math.max(1, availableParallelism() - 1);
}

export async function startNode(options: StartNodeOptions): Promise<RunningNode> {
  const lock = options.inMemory ? undefined : await lockOrRefuse(options.config.logDirectory);
  try {
    return await startLocked(options, lock);
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function startLocked(
  options: StartNodeOptions,
  lock: DirectoryLock | undefined,
): Promise<RunningNode> {
  const { config, hosts, inMemory } = options;
  const hostCount = Math.max(1, hosts);
  const log = await createLog(options.log, { nodeId: config.nodeId });
  const jobs = new JobPool({
    jobModule: new URL(siblingModule("job-main"), import.meta.url).href,
    threadsMax: 1,
  });
  const threads =
    hosts === 0
      ? await inlineThreads(hostCount, log, jobs)
      : await workerThreads(hostCount, options.log, jobs);
  const ports = { threads, sockets: tcpSockets, clock: realClock, log };
  const hostExtras: Pick<RealHostSettings, "inMemory"> = { inMemory };
  const nodeOptions = { config, hostCount, readyWithinMs: READY_WITHIN_MS, hostExtras };
  const node = new Node(ports, nodeOptions, options.onFailed);

  const release = async (): Promise<void> => {
    await new Promise<void>((resolve) => jobs.close(resolve));
    await lock?.release();
  };
  const opened = await new Promise<Parameters<Parameters<Node["start"]>[0]>[0]>((resolve) =>
    node.start(resolve),
  );
  if (!opened.ok) {
    await new Promise<void>((resolve) => jobs.close(resolve));
    throw new StartRefused(opened.reason);
  }
  return {
    address: opened.address,
    async stop(withinMs) {
      const clean = await new Promise<boolean>((resolve) => node.stop(withinMs, resolve));
      await release();
      return clean;
    },
  };
}

/** The hosts' own modules are loaded where hosts run: not here, unless they run here. */
async function inlineThreads(hostCount: number, log: Log, jobs: JobPool) {
  const { createInlineThreads } = await import("./runtime/threads/inline.ts");
  const { createHost } = await import("./host-main.ts");
  return createInlineThreads({ createHost, hostCount, log, jobs });
}

/** Worker threads bring Piscina and Comlink along: loaded only where they are used. */
async function workerThreads(hostCount: number, log: LogOptions, jobs: JobPool) {
  const { createThreads } = await import("./runtime/threads/threads.ts");
  const hostModule = new URL(siblingModule("host-main"), import.meta.url);
  return createThreads({ hostModule, hostCount, log, jobs });
}

/** `.ts` from source, `.js` in the compiled package. */
function siblingModule(name: string): string {
  return `./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;
}

async function lockOrRefuse(directory: string): Promise<DirectoryLock> {
  const locked = await lockDirectory(directory);
  if (locked.ok) return locked.value;
  throw new StartRefused(locked.detail);
}
