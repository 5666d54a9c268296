// One host of a node: which actors live on it, and what the node may ask of it. Composition only:
// every port comes from the caller, real or simulated.
//
// Lives on: host thread.

import type { Outcome } from "./base/outcome.ts";
import { failure, success } from "./base/outcome.ts";
import { brokerActor } from "./actors/broker/broker.ts";
import { brokerRef } from "./actors/broker/messages.ts";
import { controllerActor } from "./actors/controller/controller.ts";
import { controllerRef } from "./actors/controller/messages.ts";
import { durabilityActor } from "./actors/durability/durability.ts";
import { groupActor } from "./actors/group/group.ts";
import { groupCoordinatorActor } from "./actors/group-coordinator/coordinator.ts";
import { frontDoorActor } from "./actors/front-door/front-door.ts";
import type { GroupReport } from "./actors/front-door/messages.ts";
import { frontDoorRef } from "./actors/front-door/messages.ts";
import type { GroupSummary } from "./actors/group/messages.ts";
import { logDirectoryActor } from "./actors/log-directory/log-directory.ts";
import type { DirectoryFacts } from "./actors/log-directory/messages.ts";
import { logDirectoryRef } from "./actors/log-directory/messages.ts";
import { partitionActor } from "./actors/partition/partition.ts";
import { raftNodeActor } from "./actors/raft-node/raft-node.ts";
import type { QuorumDescription } from "./actors/raft-node/messages.ts";
import { raftNodeRef } from "./actors/raft-node/messages.ts";
import type { BrokerSettings } from "./config/broker-config.ts";
import type { ActorRef, Call, Calls, Protocol } from "./runtime/actor.ts";
import type { AnyKind } from "./runtime/cell.ts";
import { Host } from "./runtime/host.ts";
import type { HostEvents, HostPorts, RunningHost } from "./runtime/ports.ts";

/** What every host of a node is started with. Plain data. */
export type NodeHostSettings = { readonly config: BrokerSettings };

/** What the node may ask of a host. */
export type HostRequests = {
  prepare: Call<Record<string, never>, Outcome<DirectoryFacts>>;
  createActors: Call<{ facts: DirectoryFacts }, null>;
  ready: Call<{ withinMs: number }, { ok: boolean; reason: string }>;
  listen: Call<
    { host: string; port: number; shared: boolean },
    { ok: true; port: number } | { ok: false; reason: string }
  >;
  leaveCluster: Call<{ withinMs: number }, Record<string, never>>;
  drainFrontDoor: Call<{ withinMs: number }, Record<string, never>>;
  drainBroker: Call<{ withinMs: number }, { notClean: readonly string[] }>;
  closeMetadata: Call<{ withinMs: number }, Record<string, never>>;
  markClean: Call<{ withinMs: number; except: readonly string[] }, Outcome<null>>;
  listGroups: Call<Record<string, never>, readonly GroupSummary[]>;
  reportGroup: Call<{ groupId: string }, GroupReport | null>;
  describeQuorum: Call<Record<string, never>, QuorumDescription>;
};

/** Questions about the node as a whole. */
export type NodeQuery = "listGroups" | "reportGroup" | "describeQuorum";

const nodeActors = [
  brokerActor,
  controllerActor,
  durabilityActor,
  frontDoorActor,
  groupActor,
  groupCoordinatorActor,
  logDirectoryActor,
  partitionActor,
  raftNodeActor,
] as readonly unknown[] as readonly AnyKind[];

/** Reading a large data directory for the first time may take a while; nothing else waits for it. */
const PREPARE_TIMEOUT_MS = 60_000;
const REPORT_TIMEOUT_MS = 30_000;

type Answer = (outcome: Outcome<unknown>) => void;
type RequestHandlers = {
  readonly [K in keyof HostRequests]: (args: HostRequests[K]["args"], done: Answer) => void;
};

export function createNodeHost(
  ports: HostPorts,
  { config }: NodeHostSettings,
  events: HostEvents,
): RunningHost {
  const host = new Host(ports, nodeActors, events);
  const { hostIndex: index, hostCount, asideIndex } = ports.links;

  function askActor<P extends Protocol, K extends Calls<P>>(
    ref: ActorRef<P>,
    kind: K,
    args: P[K]["args"],
    withinMs: number,
    done: Answer,
  ): void {
    host.askFromOutside(ref, kind, args, withinMs, done);
  }

  const requests: RequestHandlers = {
    prepare: (_, done) => {
      const { nodeId, quorum } = config;
      const { clusterId, isNamed, begins } = quorum;
      const args = { nodeId, clusterId, isNamed, begins };
      askActor(logDirectoryRef(), "prepare", args, PREPARE_TIMEOUT_MS, done);
    },
    createActors: ({ facts }, done) => {
      if (index === asideIndex) createMetadataActors(host, config, facts);
      if (index < hostCount) createDataActors(host, index, config, facts);
      done(success(null));
    },
    ready: ({ withinMs }, done) => askActor(controllerRef(), "ready", {}, withinMs, done),
    listen: (args, done) => askActor(frontDoorRef(index), "open", args, PREPARE_TIMEOUT_MS, done),
    leaveCluster: (args, done) =>
      askActor(controllerRef(), "leave", args, args.withinMs + 100, done),
    drainFrontDoor: (args, done) =>
      askActor(frontDoorRef(index), "drain", args, args.withinMs + 100, done),
    drainBroker: (args, done) =>
      askActor(brokerRef(index), "drain", args, args.withinMs + 100, done),
    closeMetadata: ({ withinMs }, done) => askActor(raftNodeRef(), "close", {}, withinMs, done),
    listGroups: (args, done) =>
      askActor(frontDoorRef(index), "listGroups", args, REPORT_TIMEOUT_MS, done),
    reportGroup: (args, done) =>
      askActor(frontDoorRef(index), "reportGroup", args, REPORT_TIMEOUT_MS, done),
    describeQuorum: (args, done) =>
      askActor(raftNodeRef(), "describeQuorum", args, REPORT_TIMEOUT_MS, done),
    markClean: ({ withinMs, except }, done) =>
      askActor(logDirectoryRef(), "markClean", { except }, withinMs, done),
  };

  return {
    start: () => {
      if (index !== 0) return;
      const { logDirectories: directories, metadataLogDirectory: metadataDirectory } = config;
      host.spawn(logDirectoryActor, "0", { directories, metadataDirectory });
    },
    stop: (_drainMs, done) => {
      host.stop();
      done();
    },
    stats: () => host.stats(),
    request: (name, args, done) => {
      const handler = requests[name as keyof HostRequests] as
        | ((args: unknown, done: Answer) => void)
        | undefined;
      if (handler === undefined) done(failure("refused", `a host has no request ${name}`));
      else handler(args, done);
    },
  };
}

/** Of the node as a whole. Where there are several nodes this host has nothing else to do. */
function createMetadataActors(host: Host, config: BrokerSettings, facts: DirectoryFacts): void {
  const { nodeId, metadataLogDirectory, quorum } = config;
  host.spawn(raftNodeActor, "0", {
    nodeId,
    clusterId: facts.clusterId,
    directoryId: facts.directoryId,
    voters: quorum.voters.map((voter) => ({
      nodeId: voter.nodeId,
      directoryId: null,
      endpoints: [{ name: "CONTROLLER", host: voter.host, port: voter.port }],
    })),
    joins: quorum.joins,
    bootstrap: quorum.bootstrap,
    endpoints: quorum.advertised === null ? [] : [{ name: "CONTROLLER", ...quorum.advertised }],
    listen: quorum.listen,
    directory: `${metadataLogDirectory}/gofka-metadata-0`,
    segmentBytes: config.metadataLogSegmentBytes,
    electionTimeoutMs: config.quorumElectionTimeoutMs,
  });
  host.spawn(controllerActor, "0", { nodeId, config, ...facts });
}

function createDataActors(
  host: Host,
  index: number,
  config: BrokerSettings,
  facts: DirectoryFacts,
): void {
  const { nodeId, logDirectories } = config;
  const { clusterId } = facts;
  host.spawn(durabilityActor, String(index), { logDirectories });
  host.spawn(frontDoorActor, String(index), { nodeId, clusterId, config });
  const { directories } = facts;
  host.spawn(brokerActor, String(index), { nodeId, config, directories });
}
