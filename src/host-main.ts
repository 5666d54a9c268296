// What every host thread imports: the threads bring clock, random, links, jobs and log, this module
// adds the real disk, sockets and peers, and node-host.ts builds the host from them.
//
// Lives on: host thread (and the main thread inline).

import { grpcPeers } from "./net/peers.ts";
import { tcpSockets } from "./net/sockets.ts";
import { createNodeHost } from "./node-host.ts";
import type { NodeHostSettings } from "./node-host.ts";
import type { CreateHost } from "./runtime/threads/host-module.ts";
import { realDisk } from "./storage/disk.ts";
import { memoryDisk } from "./storage/memory-disk.ts";

export type RealHostSettings = NodeHostSettings & {
  /** Nothing is kept on disk; the data lives and dies with its host. */
  readonly inMemory: boolean;
};

export const createHost: CreateHost = (ports, settings, events) => {
  const { inMemory, ...rest } = settings as RealHostSettings;
  const disk = inMemory ? memoryDisk() : realDisk();
  const all = { ...ports, disk, sockets: tcpSockets, peers: grpcPeers };
  return createNodeHost(all, rest, events);
};
