// A world of several nodes: they elect a controller, register and serve clients, while a plan
// (cluster-plan.ts) makes nodes and what is between them fail. Clients create and delete topics and write
// records at whichever node they like. Then a core of the nodes is healed and has to be of use; then all
// are, and within a bounded time all nodes are up, tell the same, and take changes. What was answered must
// have happened in some order (checkers/topic-register.ts), and every acknowledged record be there.
//
// Lives on: the simulator's thread.

import type { BrokerSettings } from "../config/broker-config.ts";
import { resolveBrokerSettings } from "../config/broker-config.ts";
import type { Prng } from "../base/prng.ts";
import { isVoter, majorityOf } from "../actors/raft-node/core/voters.ts";
import { votersOf } from "../actors/raft-node/core/state.ts";
import { EqualImages } from "./checkers/equal-images.ts";
import { RaftWatch } from "./checkers/raft-watch.ts";
import { SimWall } from "./clock.ts";
import { mustAgree } from "./cluster-agreement.ts";
import { ClusterFaults } from "./cluster-faults.ts";
import { mustBeOfUse, stayBad } from "./cluster-liveness.ts";
import type { ClusterConfig, ClusterPlan } from "./cluster-plan.ts";
import { calmDisk, SimDisk } from "./disk.ts";
import { calmNetwork, SimNetwork } from "./network.ts";
import { SimPeerNetwork } from "./peers.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { Scheduler } from "./scheduler.ts";
import { SimNode } from "./sim-node.ts";
import { SimMachine } from "./sockets.ts";
import { Verdict } from "./verdict.ts";
import { CLIENT_PORT, ClusterClients, nameOf, RECORDS_TOPIC } from "./workload/cluster-clients.ts";

const CONTROLLER_PORT = 9093;
const WALL_START_MS = 1_800_000_000_000;
const START_WITHIN_MS = 60_000;
const OF_USE_WITHIN_MS = 60_000;
const SETTLE_MS = 2_000;
const RESTART_WITHIN_MS = 5_000;

export class ClusterWorld {
  readonly scheduler: Scheduler;
  readonly verdict: Verdict;
  readonly nodes: SimNode[] = [];
  readonly clients: ClusterClients;
  readonly faults: ClusterFaults;
  readonly watch: RaftWatch;
  readonly images: EqualImages;
  private readonly plan: ClusterPlan;
  private readonly config: ClusterConfig;
  private readonly bug: PlantedBug | undefined;
  private readonly network: SimNetwork;
  private readonly machines = new Map<string, SimMachine>();
  private readonly prng: Prng;
  /** Nodes that came back without their disk. */
  private readonly wiped = new Set<SimNode>();
  /** Nodes that have told of a partition which stays closed until they start anew. */
  private readonly lacking = new Set<SimNode>();
  private isCalm = false;

  constructor(plan: ClusterPlan, bug?: PlantedBug) {
    const { config } = plan;
    this.plan = plan;
    this.config = config;
    this.bug = bug;
    const scheduler = new Scheduler(config.seed);
    this.scheduler = scheduler;
    this.prng = scheduler.stream("cluster");
    this.verdict = new Verdict(() => scheduler.nowMs());
    const { latencyMs, stragglersPerMille } = config;
    this.network = new SimNetwork(scheduler, { ...calmNetwork, latencyMs, stragglersPerMille });
    const peers = new SimPeerNetwork(this.network, config.bulkHighWaterBytes);
    const wall = new SimWall(WALL_START_MS);
    this.clients = new ClusterClients(scheduler, this.network, this.machines, wall);
    for (let nodeId = 1; nodeId <= config.nodes; nodeId++) this.addNode(nodeId, peers);
    this.watch = new RaftWatch(this.verdict, (nodeId) => this.nodes[nodeId - 1]!.disk);
    this.images = new EqualImages(this.verdict);
    const { network, nodes } = this;
    this.faults = new ClusterFaults(
      {
        scheduler,
        network,
        peers,
        nodes,
        mayLoseDisk: (node) => this.mayLoseDisk(node),
        newDisk: (node) => this.newDisk(`${node.name} ${scheduler.eventsHandled}`),
      },
      this.diskOptions,
    );
  }

  private get diskOptions(): typeof calmDisk {
    return { ...calmDisk, syncLatencyMs: this.config.syncMs };
  }

  private newDisk(name: string): SimDisk {
    return new SimDisk(this.scheduler.stream(`disk ${name}`), this.diskOptions);
  }

  private addNode(nodeId: number, peers: SimPeerNetwork): void {
    const { scheduler, machines, config } = this;
    const name = nameOf(nodeId);
    const machine = new SimMachine(this.network, name);
    machines.set(name, machine);
    const wall = new SimWall(WALL_START_MS, config.ticking[nodeId - 1]);
    const disk = this.newDisk(name);
    const node = new SimNode(
      { scheduler, machine, machines, peers, disk, wall },
      {
        config: settingsOf(nodeId, config),
        hosts: config.hosts,
        hasAside: config.hasAside === true,
        timerLatenessMs: 1,
        bug: this.bug,
      },
      {
        failed: (reason) => {
          const bug = reason.startsWith("a bug in host");
          // A disk that failed just before may be told of only now.
          const isCalm = this.isCalm && this.faults.isSpared(name) && !reason.includes("simulated");
          this.verdict.hold(!bug && !isCalm, "a node stays up", () => `${name}: ${reason}`);
        },
        logged: (level, event) => {
          const escaped = level === "error" && event === "exception left an actor";
          this.verdict.hold(!escaped, "no exception leaves an actor", () => `${name}: ${event}`);
          if (event === "log does not open") this.lacking.add(node);
        },
        hostStarts: () => void this.lacking.delete(node),
      },
    );
    this.network.freezers.set(name, node.freezer);
    this.nodes.push(node);
  }

  /**
   * While a voter is known by its number alone nobody can tell that its disk is gone (KIP-853), and a
   * second disk could be one too many.
   */
  private mayLoseDisk(node: SimNode): boolean {
    const { pinned } = this.watch;
    if (pinned === undefined || votersOf(pinned).length < 3 || this.wiped.size > 0) return false;
    this.wiped.add(node);
    return true;
  }

  /** Runs the whole story, or as much of it as holds. */
  run(): void {
    const ends = [this.watch.begin(), this.images.begin()];
    try {
      this.tell();
    } finally {
      for (const end of ends) end();
    }
  }

  private tell(): void {
    for (const node of this.nodes) node.start();
    this.mustHappen("all nodes start", () => this.allUp(this.nodes), START_WITHIN_MS);
    if (this.plan.operations.some(({ kind }) => kind === "produce")) this.makeRecordsTopic();
    if (this.verdict.violation !== undefined) return;
    this.clients.begin(this.plan);
    this.faults.begin(this.plan);
    this.step(() => false, this.config.faultyMs);
    this.isCalm = true;
    this.coreIsOfUse();
    this.faults.heal(this.nodes);
    this.network.mendAll();
    this.step(() => false, SETTLE_MS);
    this.clients.end();
    this.mustBeUpAgain();
    this.restartLacking();
    this.mustBeUpAgain();
    mustAgree({
      verdict: this.verdict,
      clients: this.clients,
      nodeCount: this.nodes.length,
      kept: (nodeId) => !this.wiped.has(this.nodes[nodeId - 1]!),
      nowMs: () => this.scheduler.nowMs(),
      mustHappen: (what, condition, withinMs) => this.mustHappen(what, condition, withinMs),
      pass: (spanMs) => void this.step(() => false, spanMs),
    });
  }

  private mustBeUpAgain(): void {
    this.mustHappen("all nodes are up again", () => this.allUp(this.nodes), START_WITHIN_MS);
  }

  /**
   * A log whose device fails while it opens is refused, with a line, until the node starts again: as
   * with Kafka's offline directories nobody tries a sync a second time. The line is heeded.
   */
  private restartLacking(): void {
    for (const node of this.lacking) node.stop(RESTART_WITHIN_MS, () => node.restartSoon());
  }

  private makeRecordsTopic(): void {
    const { admin, life } = this.clients.newClient(1);
    let isMade = false;
    const partitions = this.nodes.length;
    admin.createTopics([{ name: RECORDS_TOPIC, partitions, replicationFactor: 1 }], (outcome) => {
      isMade = outcome.ok;
    });
    this.mustHappen("a calm cluster makes a topic", () => isMade, START_WITHIN_MS);
    life.end();
  }

  private coreIsOfUse(): void {
    const { nodes, prng } = this;
    const voters = this.watch.pinned === undefined ? undefined : votersOf(this.watch.pinned);
    const voting = nodes.filter((node, at) => {
      if (!this.wiped.has(node)) return true;
      return voters !== undefined && isVoter(voters, at + 1, this.watch.directoryOf(at + 1));
    });
    const core = prng.shuffle([...voting]).slice(0, majorityOf(voters ?? settledVoters(nodes)));
    const bad = nodes.filter((node) => !core.includes(node));
    this.faults.heal(core);
    // A leader outside of the core that one of it hears and another does not could go on for ever, as
    // Raft has it: who is bad is so to all of the core alike.
    this.network.mendAll();
    const liveness = {
      prng,
      network: this.network,
      core,
      bad,
      newClient: (nodeId: number) => this.clients.newClient(nodeId),
      nodeIdOf: (node: SimNode) => nodes.indexOf(node) + 1,
      mustHappen: (what: string, condition: () => boolean) => {
        const why = (): boolean => this.allUp(core) && condition();
        this.mustHappen(what, why, OF_USE_WITHIN_MS);
      },
    };
    this.badness = stayBad(liveness).join();
    mustBeOfUse(liveness);
  }

  /** How those outside of the core were kept bad. */
  badness = "";

  private allUp(nodes: readonly SimNode[]): boolean {
    for (const node of nodes) if (node.state === "down") node.restartSoon();
    return nodes.every(({ state }) => state === "up");
  }

  private mustHappen(what: string, condition: () => boolean, withinMs: number): void {
    if (this.verdict.violation !== undefined) return;
    const happened = this.step(condition, withinMs);
    this.verdict.hold(happened, what, () => `not within ${withinMs} ms: ${this.portrait()}`);
  }

  private step(condition: () => boolean, withinMs: number): boolean {
    const stop = (): boolean => condition() || this.verdict.violation !== undefined;
    const before = this.scheduler.nowMs();
    if (!this.scheduler.runUntil(stop, withinMs)) this.scheduler.advanceTo(before + withinMs);
    return condition();
  }

  private portrait(): string {
    const nodes = this.nodes.map((node) => {
      const { name, state, freezer } = node;
      const about = [freezer.standsStill ? "paused" : "", this.wiped.has(node) ? "wiped" : ""];
      return [name, state, ...about].filter((word) => word !== "").join(" ");
    });
    return `${nodes.join(", ")}; the others ${this.badness}`;
  }
}

function settledVoters(
  nodes: readonly SimNode[],
): { nodeId: number; directoryId: null; endpoints: [] }[] {
  return nodes.map((_, at) => ({ nodeId: at + 1, directoryId: null, endpoints: [] }));
}

function settingsOf(
  nodeId: number,
  { nodes, snapshotBytes, segmentBytes, electionMs, settings }: ClusterConfig,
): BrokerSettings {
  const voters = Array.from({ length: nodes }, (_, at) => {
    return `${at + 1}@${nameOf(at + 1)}:${CONTROLLER_PORT}`;
  });
  const resolved = resolveBrokerSettings({
    "node.id": String(nodeId),
    "controller.quorum.voters": voters.join(),
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://${nameOf(nodeId)}:${CLIENT_PORT},CONTROLLER://${nameOf(nodeId)}:${CONTROLLER_PORT}`,
    "advertised.listeners": `PLAINTEXT://${nameOf(nodeId)}:${CLIENT_PORT}`,
    "log.dirs": "/data",
    "auto.create.topics.enable": "false",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "300",
    "offsets.topic.num.partitions": "6",
    "offsets.topic.replication.factor": "1",
    "group.initial.rebalance.delay.ms": "100",
    "controller.quorum.election.timeout.ms": String(electionMs[nodeId - 1]),
    "internal.metadata.log.segment.bytes": String(segmentBytes),
    "metadata.log.max.record.bytes.between.snapshots": String(snapshotBytes),
    ...settings,
  });
  if ("problems" in resolved) throw new Error(resolved.problems.join("; "));
  return resolved.settings;
}
