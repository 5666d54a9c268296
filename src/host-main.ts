// What every host thread imports: the threads bring clock, random, links, jobs and log, this module
// adds the real disk, sockets and peers, and node-host.ts builds the host from them.
//
// Lives on: host thread (and the main thread inline).

import type { BrokerSettings } from "./config/broker-config.ts";
import type { PeerTls } from "./net/peer-tls.ts";
import { grpcPeers } from "./net/peers.ts";
import { tcpSockets } from "./net/sockets.ts";
import { createNodeHost } from "./node-host.ts";
import type { NodeHostSettings } from "./node-host.ts";
import type { Disk } from "./runtime/ports.ts";
import type { CreateHost, ThreadPorts } from "./runtime/threads/host-module.ts";
import { realDisk } from "./storage/real-disk/disk.ts";
import { memoryDisk } from "./storage/memory-disk.ts";

export type RealHostSettings = NodeHostSettings & {
  /** Nothing is kept on disk; the data lives and dies with its thread. */
  readonly inMemory: boolean;
  /** What nodes prove themselves with to one another; null: with nothing. */
  readonly peerTls: PeerTls | null;
  /**
   * What each of the hosts may have under way in the thread pool for each data directory, where one is
   * to be left for another.
   */
  readonly poolThreadsMax: number;
};

/** In a thread of its own: what it has open is closed with the thread. */
export const createHost: CreateHost = (ports, settings, events) => {
  return hostOn(diskFor(ports, settings as RealHostSettings))(ports, settings, events);
};

/** Directories that may be disks of their own. */
export function rootsOf({ logDirectories, metadataLogDirectory }: BrokerSettings): string[] {
  return [...logDirectories, metadataLogDirectory];
}

/** The metadata's syncs may take whatever thread there is: one is left for them. */
export function diskFor(
  { links }: ThreadPorts,
  { config, inMemory, poolThreadsMax }: RealHostSettings,
): Disk {
  if (inMemory) return memoryDisk();
  const isAside = links.hostIndex >= links.hostCount;
  return realDisk(isAside ? {} : { poolThreadsMax, roots: rootsOf(config) });
}

/** On a disk that outlives it: for a thread that has other things to do as well. */
export function hostOn(disk: Disk): CreateHost {
  return (ports, settings, events) => {
    const { inMemory, peerTls, poolThreadsMax: _, ...rest } = settings as RealHostSettings;
    // Every host of a node looks into the log directories; in memory each has its own.
    for (const path of inMemory ? rest.config.logDirectories : []) {
      disk.submit({ operation: "makeDirectory", args: { path } }, () => {});
    }
    const all = { ...ports, disk, sockets: tcpSockets, peers: grpcPeers(peerTls) };
    return createNodeHost(all, rest, events);
  };
}
