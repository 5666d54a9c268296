// A cluster inside another program: every node is a process of its own, a child of this one, so that it
// can be killed, paused and started again as a real one can. No child outlives the program.
//
// Lives on: main thread.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StartRefused } from "../../start-node.ts";
import type { Launched, NodeState } from "./node-process.ts";
import { launch } from "./node-process.ts";
import type { ClusterPlan, NodePlan } from "./plan.ts";
import {
  addressOf,
  discardPlan,
  isNodeCount,
  newPlan,
  NODES_MAX,
  readPlan,
  writePlan,
  HOST,
} from "./plan.ts";
import type { QuorumView } from "./quorum-view.ts";
import { viewQuorum } from "./quorum-view.ts";

export type ClusterOptions = {
  /** 1 to 5; 3 when left out. */
  readonly nodes?: number;
  /**
   * Where data, logs and ports are kept; a cluster that is there already is started again as it was.
   * Left out: a temporary directory that goes with the cluster.
   */
  readonly dataDir?: string;
  /** Settings by the names they have in `server.properties`, for every node. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Host threads of each node; 0 (the default here) runs a node on one thread. */
  readonly hosts?: number;
};

/** Between two questions who leads. */
const ASK_EVERY_MS = 50;
const STOP_WITHIN_MS = 10_000;
const CONTROLLER_WITHIN_MS = 30_000;
/** Free ports may be taken before the nodes have them. */
const ATTEMPTS = 5;

export class GofkaClusterNode {
  readonly nodeId: number;
  /** `host:port` for clients; it stays the same over restarts. */
  readonly bootstrapServers: string;
  private readonly plan: ClusterPlan;
  private readonly own: NodePlan;
  private readonly folder: string;
  private launched: Launched | undefined;
  private guard: ChildProcess | undefined;

  constructor(plan: ClusterPlan, own: NodePlan, folder: string) {
    this.plan = plan;
    this.own = own;
    this.folder = folder;
    this.nodeId = own.nodeId;
    this.bootstrapServers = addressOf(own);
  }

  get state(): NodeState {
    if (this.launched === undefined || this.launched.hasEnded()) return "stopped";
    return this.guard === undefined ? "running" : "paused";
  }

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    return this.state === "stopped" ? undefined : this.launched?.child.pid;
  }

  /** Starts it where it stopped; resolves when clients can connect, which needs a majority. */
  async start(): Promise<void> {
    if (this.state !== "stopped") throw new Error(`node ${this.nodeId} runs already`);
    this.launched = launch(this.plan, this.own, this.folder, { tied: true });
    await this.launched.ready();
  }

  /** In good order: another one takes over the lead, and what is in flight is answered. */
  async stop(): Promise<void> {
    if (this.state === "stopped") return;
    this.resume();
    this.signal("SIGTERM");
    const late = setTimeout(() => this.signal("SIGKILL"), STOP_WITHIN_MS);
    await this.launched?.ended;
    clearTimeout(late);
  }

  /** kill -9: as a crash of the process. */
  async kill(): Promise<void> {
    if (this.state === "stopped") return;
    this.signal("SIGKILL");
    this.letGo();
    await this.launched?.ended;
  }

  /** SIGSTOP: it is there and does nothing, its connections stay open. */
  pause(): void {
    if (this.state !== "running" || this.pid === undefined) {
      throw new Error(`node ${this.nodeId} is ${this.state}`);
    }
    // One that is paused does not see its stdin close. So somebody waits for the end of this program
    // on its behalf, and wakes it.
    const script = 'read _; kill -CONT "$1"';
    this.guard = spawn("/bin/sh", ["-c", script, "sh", String(this.pid)], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.guard.stdin?.on("error", () => {});
    this.signal("SIGSTOP");
  }

  /** Goes on after `pause`; nothing otherwise. */
  resume(): void {
    if (this.state !== "paused") return;
    this.signal("SIGCONT");
    this.letGo();
  }

  private letGo(): void {
    this.guard?.kill("SIGKILL");
    this.guard = undefined;
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.launched?.hasEnded() === false) this.launched.child.kill(signal);
  }
}

export class GofkaCluster implements AsyncDisposable {
  readonly nodes: readonly GofkaClusterNode[];
  /** All nodes as `host:port,host:port,...`, as clients want them. */
  readonly bootstrapServers: string;
  /** Where the nodes speak with one another, likewise: `controller.quorum.bootstrap.servers`. */
  readonly controllerServers: string;
  /** Holds the data and the logs of the nodes, `node-N.log`. */
  readonly directory: string;
  private readonly plan: ClusterPlan;
  private readonly isTemporary: boolean;
  private stopped: Promise<void> | undefined;

  private constructor(plan: ClusterPlan, directory: string, isTemporary: boolean) {
    this.plan = plan;
    this.directory = directory;
    this.isTemporary = isTemporary;
    this.nodes = plan.nodes.map((node) => new GofkaClusterNode(plan, node, directory));
    this.bootstrapServers = plan.nodes.map(addressOf).join();
    const controllers = plan.nodes.map(({ controllerPort }) => `${HOST}:${controllerPort}`);
    this.controllerServers = controllers.join();
  }

  static async start(options: ClusterOptions): Promise<GofkaCluster> {
    const { nodes: count = 3, dataDir, config = {}, hosts = 0 } = options;
    if (!isNodeCount(count)) {
      throw new StartRefused(`a local cluster has 1 to ${NODES_MAX} nodes, not ${count}`);
    }
    const texts = Object.entries(config).map(([key, value]) => [key, String(value)] as const);
    const settings = Object.fromEntries(texts);
    const known = dataDir === undefined ? undefined : readPlan(dataDir);
    if (known !== undefined && known.nodes.length !== count) {
      const there = known.nodes.length;
      throw new StartRefused(
        `the cluster in ${dataDir} was made with nodes: ${there}, not ${count}`,
      );
    }
    for (let attempt = 1; ; attempt++) {
      const directory = dataDir ?? mkdtempSync(join(tmpdir(), "gofka-cluster-"));
      const plan =
        known === undefined
          ? await newPlan(count, null, { hosts, settings })
          : { nodes: known.nodes, hosts, settings };
      writePlan(directory, plan);
      const cluster = new GofkaCluster(plan, directory, dataDir === undefined);
      try {
        await Promise.all(cluster.nodes.map((node) => node.start()));
        return cluster;
      } catch (error) {
        await cluster.abandon();
        if (known === undefined) discardPlan(directory, plan);
        if (dataDir !== undefined || attempt === ATTEMPTS || !isPortTaken(error)) throw error;
      }
    }
  }

  /**
   * The node that leads the quorum, as soon as one does that is not paused or dead; rejects when
   * there is none within that time.
   */
  async controller(withinMs = CONTROLLER_WITHIN_MS): Promise<GofkaClusterNode> {
    const until = performance.now() + withinMs;
    for (;;) {
      const view = await this.describe();
      const node = this.nodes.find(({ nodeId }) => nodeId === view?.leaderId);
      if (node?.state === "running") return node;
      if (performance.now() > until) throw new Error(`no controller within ${withinMs} ms`);
      await pause(ASK_EVERY_MS);
    }
  }

  /** Who leads, since which term, how far each is behind; undefined when no node can say. */
  async describe(): Promise<QuorumView | undefined> {
    const running = this.plan.nodes.filter((_, at) => this.nodes[at]?.state === "running");
    const view = await viewQuorum(running);
    return view.ok ? view.value : undefined;
  }

  /** Stops every node, and removes the data if it was temporary. May be called again. */
  async stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    await this.stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async stopAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    this.removeTemporary();
  }

  private async abandon(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    this.removeTemporary();
  }

  private removeTemporary(): void {
    if (this.isTemporary) rmSync(this.directory, { recursive: true, force: true });
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof StartRefused && /EADDRINUSE|it is in use/.test(error.message);
}
