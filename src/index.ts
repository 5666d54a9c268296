// Gofka inside another program: one object that is a running node.
//
//   await using node = await Gofka.start();
//   const kafka = new Kafka({ brokers: [node.bootstrapServers] });
//
// Lives on: main thread.

import type { ClusterOptions, GofkaCluster } from "./cli/cluster/running-cluster.ts";
import type { GroupReport } from "./actors/front-door/messages.ts";
import type { GroupSummary } from "./actors/group/messages.ts";
import { resolveBrokerSettings } from "./config/broker-config.ts";
import { withOverrides } from "./cli/overrides.ts";
import type { LogLevel } from "./runtime/ports.ts";
import type { RunningNode } from "./start-node.ts";
import { bootstrapAddress, startNode, StartRefused } from "./start-node.ts";

export type GofkaOptions = {
  /** Host threads; 0 (the default here) runs everything on the calling thread. */
  readonly hosts?: number;
  /** 0 takes any free port; so it is when `config` has no `listeners` either. */
  readonly port?: number;
  /** Where to keep the data; without it, and without `log.dirs`, it lives and ends with the node. */
  readonly dataDir?: string;
  /** Settings by the names they have in `server.properties`. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** What to log to stderr. */
  readonly logLevel?: LogLevel | "silent";
};

const STOP_WITHIN_MS = 5_000;
/** The root of what is kept in memory; no such directory is touched. */
const MEMORY_DIRECTORY = "/memory";

export class Gofka implements AsyncDisposable {
  /** `host:port`, as clients want it. */
  readonly bootstrapServers: string;
  readonly host: string;
  readonly port: number;
  private readonly node: RunningNode;
  private stopped: Promise<void> | undefined;

  private constructor(node: RunningNode) {
    this.node = node;
    this.host = node.address.host;
    this.port = node.address.port;
    this.bootstrapServers = bootstrapAddress(node.address);
  }

  /**
   * Starts a node and resolves when clients can connect. Rejects with a `StartRefused` that says in
   * one sentence what is wrong: a port in use, a directory locked by another node, an unknown setting.
   */
  static async start(options: GofkaOptions = {}): Promise<Gofka> {
    const { hosts = 0, config = {}, logLevel = "warn" } = options;
    const given = Object.entries(config).map(([key, value]) => [key, String(value)] as const);
    const inMemory =
      options.dataDir === undefined && !("log.dirs" in config) && !("log.dir" in config);
    const properties = withOverrides(Object.fromEntries(given), {
      port: options.port ?? ("listeners" in config ? null : 0),
      dataDirectory: inMemory ? MEMORY_DIRECTORY : (options.dataDir ?? null),
    });
    const resolved = resolveBrokerSettings(properties);
    if ("problems" in resolved) throw new StartRefused(resolved.problems.join("\n"));
    const node = await startNode({
      config: resolved.settings,
      hosts,
      inMemory,
      log: { level: logLevel },
      onFailed: (reason) => {
        // There is nobody to tell inside another program but its process.
        queueMicrotask(() => {
          throw new Error(`the Gofka node ended: ${reason}`);
        });
      },
    });
    return new Gofka(node);
  }

  /**
   * Starts a cluster of 1 to 5 nodes, each a process of its own (a child of this one, which ends when
   * this one does), and resolves when clients can connect to every node. Rejects with a
   * `StartRefused` that says in one sentence what is wrong.
   */
  static async startCluster(options: ClusterOptions = {}): Promise<GofkaCluster> {
    const { GofkaCluster: Starting } = await import("./cli/cluster/running-cluster.ts");
    return await Starting.start(options);
  }

  /**
   * The consumer groups of this node: id, state, and which protocol they speak. In the order of their
   * coordinators, which is no order.
   */
  async groups(): Promise<readonly GroupSummary[]> {
    return await this.node.query("listGroups", {});
  }

  /**
   * One group: its members, how far it is behind (committed offset, log end and lag of each partition,
   * in records, and their sum), and its last rebalances with their causes, the newest first: which
   * member joined, left, expired or changed its subscription, with the reason its client gave
   * (KIP-800), or which topics changed. `undefined` when there is no such group.
   */
  async group(groupId: string): Promise<GroupReport | undefined> {
    return (await this.node.query("reportGroup", { groupId })) ?? undefined;
  }

  /** Answers what is in flight, closes everything, frees the port. May be called again. */
  async stop(): Promise<void> {
    this.stopped ??= this.node.stop(STOP_WITHIN_MS).then(() => {});
    await this.stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export type {
  ClusterOptions,
  GofkaCluster,
  GofkaClusterNode,
} from "./cli/cluster/running-cluster.ts";
export type { MemberView, QuorumView } from "./cli/cluster/quorum-view.ts";
export { StartRefused } from "./start-node.ts";
export type { GroupMember, GroupPartition, GroupReport } from "./actors/front-door/messages.ts";
export type {
  ChangedTopic,
  GroupSummary,
  Rebalance,
  RebalanceCause,
} from "./actors/group/messages.ts";
