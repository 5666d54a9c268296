// How a host gets into a thread without the thread knowing what it is: the adapter is given the URL
// of a module, every thread imports it and calls its `createHost`. The machinery here brings what it
// can make by itself; the module adds the rest (disk, sockets, peers) and builds the host.
//
// Lives on: anywhere (types only).

import type { HostEvents, HostPorts, RunningHost } from "../ports.ts";
import type { RunJob } from "../jobs.ts";

/** The ports that the Threads adapter brings. */
export type ThreadPorts = Pick<HostPorts, "clock" | "random" | "links" | "jobs" | "log">;

/** `settings` is what `Threads.start` was given: plain data. The host is started afterwards. */
export type CreateHost = (ports: ThreadPorts, settings: unknown, events: HostEvents) => RunningHost;

/** What the module named by `hostModule` exports. */
export type HostModule = { readonly createHost: CreateHost };

/** What the module named by `jobModule` exports: all jobs behind one function (runtime/jobs.ts). */
export type JobModule = { readonly runJob: RunJob };
