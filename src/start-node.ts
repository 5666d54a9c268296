// A node on the real ports: threads, sockets, clock, log and the lock of its data directory. Both the
// command line and the embedding API start here.
//
// Lives on: main thread.

import { readdirSync, readFileSync } from "node:fs";
import type { Outcome } from "./base/outcome.ts";
import { need } from "./base/outcome.ts";
import type { HostRequests, NodeQuery } from "./node-host.ts";
import type { RealHostSettings } from "./host-main.ts";
import type { PeerTls } from "./net/peer-tls.ts";
import { tcpSockets } from "./net/sockets.ts";
import type { BrokerSettings } from "./config/broker-config.ts";
import type { PemSource } from "./config/quorum-tls.ts";
import type { NodeOptions, Opened, Refused } from "./node.ts";
import { Node } from "./node.ts";
import type { Log, SocketAddress, Threads } from "./runtime/ports.ts";
import { realClock } from "./runtime/threads/clock.ts";
import { JobPool } from "./runtime/threads/jobs.ts";
import type { HostPool } from "./runtime/threads/host-pool.ts";
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
  /** Threads that were begun ahead; the node ends them. */
  readonly ahead?: HostPool | undefined;
  /** The node had to end by itself: no host runs any more, the port and the directory are free. */
  readonly onFailed: (reason: string) => void;
};

export type RunningNode = {
  readonly address: SocketAddress;
  /** Rejects when there is no answer. */
  query<K extends NodeQuery>(
    name: K,
    args: HostRequests[K]["args"],
  ): Promise<HostRequests[K]["reply"]>;
  /** Resolves to whether every log could be closed cleanly. */
  stop(withinMs: number): Promise<boolean>;
};

/** Of the process's thread pool, where the environment does not say otherwise. */
const POOL_THREADS = 4;
const POOL_THREADS_MAX = 128;
/** Opening and recovering even a very large data directory; beyond it something is wrong. */
const READY_WITHIN_MS = 10 * 60_000;

/** One sentence of what is wrong and what to do about it: for people, without a stack. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}

/** As clients want it: `host:port`, and `[host]:port` where the host has colons of its own. */
export function bootstrapAddress({ host, port }: SocketAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export async function startNode(options: StartNodeOptions): Promise<RunningNode> {
  const jobs = new JobPool({
    jobModule: new URL(siblingModule("job-main"), import.meta.url).href,
    threadsMax: 1,
  });
  makeRoomInPool(options);
  // A thread takes longest to be there, so it begins before all that needs none.
  const hosting = await (options.hosts === 0 ? inlineHost : workerHosts)(options, jobs);
  const lock = new DirectoryLocks();
  try {
    if (!options.inMemory) await lock.take(options.config);
    return await startLocked(options, hosting, jobs, lock);
  } catch (error) {
    // Safe to call more than once, both of them.
    await hosting.end();
    await lock.release();
    throw error;
  }
}

async function startLocked(
  options: StartNodeOptions,
  hosting: Hosting,
  jobs: JobPool,
  lock: DirectoryLocks,
): Promise<RunningNode> {
  const { config, hosts, inMemory } = options;
  const log = await createLog(options.log, { nodeId: config.nodeId });
  const threads = hosting.threads(log);
  const ports = { threads, sockets: tcpSockets, clock: realClock, log };
  const hostExtras: Omit<RealHostSettings, "config"> = {
    inMemory,
    peerTls: await peerTlsOf(config),
    poolThreadsMax: poolThreadsMax(options, log),
  };
  const nodeOptions: NodeOptions = {
    config,
    hostCount: Math.max(1, hosts),
    hasAside: hasAside(options),
    readyWithinMs: READY_WITHIN_MS,
    dataOutlivesHosts: hosts === 0 || !inMemory,
    hostExtras,
  };
  const release = async (): Promise<void> => {
    await new Promise<void>((resolve) => jobs.close(resolve));
    await hosting.end();
    await lock.release();
  };
  const node = new Node(ports, nodeOptions, (reason) => {
    void release().then(() => options.onFailed(reason));
  });
  const opened = await new Promise<Opened | Refused>((resolve) => node.start(resolve));
  if (!opened.ok) {
    await release();
    throw new StartRefused(opened.reason);
  }
  return {
    address: opened.address,
    async query<K extends NodeQuery>(name: K, args: HostRequests[K]["args"]) {
      type Answer = Outcome<HostRequests[K]["reply"]>;
      return need(await new Promise<Answer>((resolve) => node.query(name, args, resolve)));
    },
    async stop(withinMs) {
      const clean = await new Promise<boolean>((resolve) => node.stop(withinMs, resolve));
      await release();
      return clean;
    },
  };
}

/** Of a node that speaks to others; one that runs on a single thread has no other to set aside. */
function hasAside({ hosts, config }: StartNodeOptions): boolean {
  return hosts > 0 && config.quorum.listen !== null;
}

/** For each data directory of each host; Infinity: there is nobody to leave one for. */
function poolThreadsMax(options: StartNodeOptions, log: Log): number {
  const lanes = lanesOf(options);
  if (lanes > 0) return threadsPerLaneMax(lanes);
  return hasAside(options) ? poolShareOf(options.hosts, log) : Infinity;
}

/** One thread is left to the metadata, whatever the disks of data do. */
function poolShareOf(hosts: number, log: Log): number {
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? POOL_THREADS);
  if (hosts >= threads) {
    const why = "a disk that stands still may hold up the metadata: set UV_THREADPOOL_SIZE higher";
    log.write("warn", why, { threads, hosts });
  }
  return Math.max(1, Math.floor((threads - 1) / hosts));
}

/** Loaded where it is asked for: a single node never does. */
async function peerTlsOf({ quorum }: BrokerSettings): Promise<PeerTls | null> {
  if (quorum.tls === null || quorum.listen === null) return null;
  const { key, certificates, authorities, ...rest } = quorum.tls;
  const { readyTls } = await import("./net/peer-tls.ts");
  const texts = {
    key: pemOf("ssl.keystore.location", key),
    certificates: pemOf("ssl.keystore.location", certificates),
    authorities: pemOf("ssl.truststore.location", authorities),
  };
  const ready = readyTls({ ...rest, ...texts });
  if (ready.ok) return ready.value;
  throw new StartRefused(`the keys and certificates of ssl.* cannot be used: ${ready.detail}`);
}

function pemOf(setting: string, source: PemSource): string {
  if ("text" in source) return source.text;
  try {
    return readFileSync(source.file, "utf8");
  } catch (error) {
    throw new StartRefused(`${setting}: ${(error as Error).message}`);
  }
}

type Hosting = {
  threads(log: Log): Threads;
  /** Frees what is left when no host runs any more, or none was started. Safe to call again. */
  end(): Promise<void>;
};

/** The hosts' own modules are loaded where hosts run: not here, unless they run here. */
async function inlineHost({ config, inMemory }: StartNodeOptions, jobs: JobPool): Promise<Hosting> {
  const { createInlineThreads } = await import("./runtime/threads/inline.ts");
  const { hostOn, rootsOf } = await import("./host-main.ts");
  const { realDisk } = await import("./storage/real-disk/disk.ts");
  const { memoryDisk } = await import("./storage/memory-disk.ts");
  // One disk for all incarnations of the host: its descriptors, or its memory, are the node's.
  // A write still under way when one of them dies would land in what the next one has opened.
  const roots = rootsOf(config);
  const real = inMemory ? undefined : realDisk({ onTheSpotBytesMax: Infinity, roots });
  const createHost = hostOn(real ?? memoryDisk());
  return {
    threads: (log) => createInlineThreads({ createHost, hostCount: 1, log, jobs }),
    end: async () => real?.close(),
  };
}

/** Worker threads bring Piscina and Comlink along: loaded only where they are used. */
async function workerHosts(options: StartNodeOptions, jobs: JobPool): Promise<Hosting> {
  const { createThreads } = await import("./runtime/threads/threads.ts");
  const hostModule = new URL(siblingModule("host-main"), import.meta.url);
  const { hosts: hostCount, log, ahead } = options;
  const threads = createThreads({
    hostModule,
    hostCount,
    hasAside: hasAside(options),
    ahead,
    log,
    jobs,
  });
  return {
    threads: () => threads,
    end: () => new Promise((resolve) => threads.close(resolve)),
  };
}

/** `.ts` from source, `.js` in the compiled package. */
function siblingModule(name: string): string {
  return `./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;
}

/** One in each data directory. */
class DirectoryLocks {
  readonly #held: DirectoryLock[] = [];

  async take({ logDirectories, logDirectory }: BrokerSettings): Promise<void> {
    for (const directory of logDirectories) {
      const locked = await lockDirectory(directory);
      if (locked.ok) this.#held.push(locked.value);
      // One that cannot be used is offline, which its log tells; the node needs the first.
      else if (locked.fault === "refused" || directory === logDirectory) {
        throw new StartRefused(locked.detail);
      }
    }
  }

  /** Safe to call more than once. */
  async release(): Promise<void> {
    for (const lock of this.#held.splice(0)) await lock.release();
  }
}

/** Host threads times data directories: who may wait for a disk of its own; 0: there is but one. */
function lanesOf({ config, hosts }: StartNodeOptions): number {
  const count = config.logDirectories.length;
  return count < 2 ? 0 : count * Math.max(1, hosts);
}

/** All hosts share the process's pool of threads, and its size is settled when it is first used. */
function makeRoomInPool(options: StartNodeOptions): void {
  const lanes = lanesOf(options);
  if (lanes === 0) return;
  const wanted = Math.min(POOL_THREADS_MAX, POOL_THREADS * (lanes + 1));
  process.env["UV_THREADPOOL_SIZE"] ??= String(wanted);
}

/** Where the pool was in use before, each gets a part of what there is; the metadata has one, too. */
function threadsPerLaneMax(lanes: number): number {
  const threads = poolThreads() ?? Number(process.env["UV_THREADPOOL_SIZE"]);
  return Math.max(1, Math.floor(threads / (lanes + 1)));
}

/** Undefined while it has not been used, and where the system does not tell. */
function poolThreads(): number | undefined {
  try {
    const names = readdirSync("/proc/self/task").map((id) =>
      readFileSync(`/proc/self/task/${id}/comm`, "utf8"),
    );
    return names.filter((name) => name.startsWith("libuv-worker")).length || undefined;
  } catch {
    return undefined;
  }
}
