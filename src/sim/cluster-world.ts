// A world of several nodes: they elect a controller, register and serve clients, while nodes die, lose
// power, and wires between them are cut, one way or both. Clients create and delete topics at whichever
// node they like. Then everything is mended, and within a bounded time all nodes are up, tell the same,
// and take changes. What was answered must have happened in some order (checkers/topic-register.ts).
//
// Lives on: the simulator's thread.

import { Admin } from "../client/admin.ts";
import { Cluster } from "../client/cluster.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { resolveBrokerSettings } from "../config/broker-config.ts";
import type { BrokerSettings } from "../config/broker-config.ts";
import type { Prng } from "../base/prng.ts";
import type { TopicOperation } from "./checkers/topic-register.ts";
import { withoutOrder } from "./checkers/topic-register.ts";
import { SimClock, SimWall } from "./clock.ts";
import { SimDisk } from "./disk.ts";
import { Life } from "./life.ts";
import { calmNetwork, SimNetwork } from "./network.ts";
import { SimPeerNetwork } from "./peers.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { SimRandom } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { SimNode } from "./sim-node.ts";
import { SimMachine, SimSockets } from "./sockets.ts";
import { Verdict } from "./verdict.ts";

const CLIENT_PORT = 9092;
const CONTROLLER_PORT = 9093;
const WALL_START_MS = 1_800_000_000_000;
const REQUEST_TIMEOUT_MS = 5_000;
const START_WITHIN_MS = 60_000;
const AGREE_WITHIN_MS = 60_000;

export type ClusterConfig = {
  readonly seed: number;
  readonly nodes: number;
  readonly hosts: number;
  readonly administrators: number;
  /** Distinct names: the fewer, the more they get in each other's way. */
  readonly topics: number;
  readonly faultyMs: number;
  /** How many in a thousand rounds of trouble bring which. */
  readonly kill: number;
  readonly powerCut: number;
  readonly cut: number;
  readonly snapshotBytes: number;
  /** Of each node; the more they differ, the longer two of them may take themselves for leaders. */
  readonly electionMs: readonly number[];
};

export class ClusterWorld {
  readonly scheduler: Scheduler;
  readonly verdict: Verdict;
  readonly nodes: SimNode[] = [];
  readonly operations = new Map<string, TopicOperation[]>();
  private readonly config: ClusterConfig;
  private readonly bug: PlantedBug | undefined;
  private readonly network: SimNetwork;
  private readonly machines = new Map<string, SimMachine>();
  private readonly prng: Prng;
  private readonly wall = new SimWall(WALL_START_MS);
  private isCalm = false;
  private clientsMade = 0;
  faults = 0;

  constructor(config: ClusterConfig, bug?: PlantedBug) {
    this.config = config;
    this.bug = bug;
    const scheduler = new Scheduler(config.seed);
    this.scheduler = scheduler;
    this.prng = scheduler.stream("cluster");
    this.verdict = new Verdict(() => scheduler.nowMs());
    this.network = new SimNetwork(scheduler, calmNetwork);
    const peers = new SimPeerNetwork(this.network);
    for (let nodeId = 1; nodeId <= config.nodes; nodeId++) this.addNode(nodeId, peers);
  }

  private addNode(nodeId: number, peers: SimPeerNetwork): void {
    const { scheduler, machines, config } = this;
    const name = nameOf(nodeId);
    const node = new SimNode(
      {
        scheduler,
        machine: this.newMachine(name),
        machines,
        peers,
        disk: new SimDisk(scheduler.stream(`disk ${name}`)),
        wall: new SimWall(WALL_START_MS),
      },
      {
        config: settingsOf(nodeId, config),
        hosts: config.hosts,
        timerLatenessMs: 1,
        bug: this.bug,
      },
      {
        failed: (reason) => {
          const bug = reason.startsWith("a bug in host");
          this.verdict.hold(!bug && !this.isCalm, "a node stays up", () => `${name}: ${reason}`);
        },
        logged: (level, event) => {
          const escaped = level === "error" && event === "exception left an actor";
          this.verdict.hold(!escaped, "no exception leaves an actor", () => `${name}: ${event}`);
        },
        hostStarts: () => {},
      },
    );
    this.nodes.push(node);
  }

  private newMachine(name: string): SimMachine {
    const machine = new SimMachine(this.network, name);
    this.machines.set(name, machine);
    return machine;
  }

  /** Runs the whole story, or as much of it as holds. */
  run(): void {
    for (const node of this.nodes) node.start();
    this.mustHappen("all nodes start", () => this.allUp(), START_WITHIN_MS);
    const ends = Array.from({ length: this.config.administrators }, () => this.administer());
    this.trouble();
    this.step(() => false, this.config.faultyMs);
    this.isCalm = true;
    this.network.mendAll();
    this.step(() => false, 2_000);
    for (const end of ends) end();
    this.mustHappen("all nodes are up again", () => this.allUp(), START_WITHIN_MS);
    this.mustAgree();
  }

  private allUp(): boolean {
    for (const node of this.nodes) if (node.state === "down") node.restartSoon();
    return this.nodes.every(({ state }) => state === "up");
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
    return this.nodes.map(({ name, state }) => `${name} ${state}`).join(", ");
  }

  // ------------------------------------------------------------ trouble

  private trouble(): void {
    this.scheduler.after(100 * this.prng.float(), "trouble", () => {
      if (this.isCalm) return;
      this.makeTrouble();
      this.trouble();
    });
  }

  private makeTrouble(): void {
    const { prng, config } = this;
    const node = prng.pick(this.nodes);
    if (prng.below(1000) < config.kill) this.down(node, "kill");
    if (prng.below(1000) < config.powerCut) this.down(node, "powerCut");
    if (prng.below(1000) < config.cut) this.cutWires(node.name);
    if (prng.chance(0.03)) this.network.mendAll();
  }

  private down(node: SimNode, how: "kill" | "powerCut"): void {
    if (node.state === "down") return;
    this.faults += 1;
    node[how]();
    this.scheduler.after(2_000 * this.prng.float(), "start again", () => node.restartSoon());
  }

  private cutWires(name: string): void {
    const { prng } = this;
    const others = this.nodes.map((node) => node.name).filter((other) => other !== name);
    if (others.length === 0) return;
    this.faults += 1;
    const isIsolated = prng.chance(0.4);
    const isBothWays = isIsolated || prng.chance(0.5);
    for (const other of isIsolated ? others : [prng.pick(others)]) {
      this.network.cut(name, other);
      if (isBothWays) this.network.cut(other, name);
    }
  }

  // ------------------------------------------------------------ clients

  private newAdmin(nodeId: number): {
    readonly admin: Admin;
    readonly cluster: Cluster;
    readonly life: Life;
  } {
    this.clientsMade += 1;
    const name = `client${this.clientsMade}`;
    const life = new Life(this.scheduler, name);
    const prng = this.scheduler.stream(name);
    const ports = {
      sockets: new SimSockets(life, this.newMachine(name), this.machines),
      clock: new SimClock(life, this.wall, prng.stream("clock"), 0.5),
      random: new SimRandom(prng.stream("random")),
    };
    const cluster = new Cluster(ports, {
      bootstrap: [{ host: nameOf(nodeId), port: CLIENT_PORT }],
      clientId: name,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      allowAutoTopicCreation: false,
    });
    return { admin: new Admin(cluster), cluster, life };
  }

  /** One change at a time, at a node of its own. Answers how to end it. */
  private administer(): () => void {
    const nodeId = this.prng.between(1, this.config.nodes);
    const { admin, life } = this.newAdmin(nodeId);
    const prng = this.scheduler.stream(`${life.name} choices`);
    let isOver = false;
    const next = (): void => {
      if (isOver) return;
      const topic = `topic-${prng.below(this.config.topics)}`;
      const operation = prng.chance(0.6) ? "create" : "delete";
      this.change(admin, topic, operation, () => life.after(prng.below(300), "next change", next));
    };
    life.after(prng.below(300), "first change", next);
    return () => {
      isOver = true;
      life.end();
    };
  }

  private change(
    admin: Admin,
    topic: string,
    operation: "create" | "delete",
    done: () => void,
  ): void {
    const fromMs = this.scheduler.nowMs();
    const list = this.operations.get(topic) ?? [];
    this.operations.set(topic, list);
    const place = list.push({ operation, outcome: "unknown", fromMs, toMs: Infinity }) - 1;
    const note = (code: number | undefined): void => {
      const outcome = outcomeOf(code);
      const toMs = outcome === "unknown" ? Infinity : this.scheduler.nowMs();
      if (outcome !== undefined) list[place] = { operation, outcome, fromMs, toMs };
      done();
    };
    if (operation === "create") {
      admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1 }], (outcome) =>
        note(outcome.ok ? outcome.value.topics[0]?.errorCode : undefined),
      );
    } else {
      admin.deleteTopics([topic], (outcome) =>
        note(outcome.ok ? outcome.value.responses[0]?.errorCode : undefined),
      );
    }
  }

  // ------------------------------------------------------------ the end

  /** Every node takes a change, tells of it, and tells the same as all the others. */
  private mustAgree(): void {
    const names = [...this.operations.keys()];
    const probes = this.nodes.map((_, at) => `probe-${at + 1}`);
    for (const [at, probe] of probes.entries()) {
      let isMade = false;
      const { admin, life } = this.newAdmin(at + 1);
      const again = (): void =>
        admin.createTopics([{ name: probe, partitions: 1, replicationFactor: 1 }], (outcome) => {
          const code = outcome.ok ? outcome.value.topics[0]?.errorCode : undefined;
          isMade = code === ErrorCode.NONE || code === ErrorCode.TOPIC_ALREADY_EXISTS;
          if (!isMade) life.after(100, "probe again", again);
        });
      again();
      this.mustHappen("every node takes a change", () => isMade, AGREE_WITHIN_MS);
      life.end();
    }
    const told = this.agreed([...names, ...probes]);
    if (this.verdict.violation !== undefined) return;
    for (const probe of probes) {
      this.verdict.hold(told.includes(probe), "no topic is lost", () => probe);
    }
    for (const [name, operations] of this.operations) {
      const isThere = told.includes(name);
      const wrong = withoutOrder(operations, isThere);
      this.verdict.hold(wrong === undefined, "changes of topics are linearizable", () => {
        return `${name}, there at the end: ${isThere}\n${wrong!.map((each) => lineOf(each)).join("\n")}`;
      });
    }
  }

  /** Nodes that follow hear of a change a moment later. */
  private agreed(names: readonly string[]): readonly string[] {
    const untilMs = this.scheduler.nowMs() + AGREE_WITHIN_MS;
    for (;;) {
      const told = this.nodes.map((_, at) => this.topicsToldBy(at + 1, names));
      if (this.verdict.violation !== undefined) return [];
      if (told.every((topics) => topics.join() === told[0]!.join())) return told[0]!;
      const isInTime = this.scheduler.nowMs() < untilMs;
      this.verdict.hold(isInTime, "all nodes tell the same", () => {
        return told.map((topics, at) => `${nameOf(at + 1)}: ${topics.join()}`).join("; ");
      });
      this.step(() => false, 100);
    }
  }

  private topicsToldBy(nodeId: number, names: readonly string[]): readonly string[] {
    const { cluster, life } = this.newAdmin(nodeId);
    let isTold = false;
    cluster.refresh(names, () => {
      isTold = true;
    });
    this.mustHappen("a node tells what there is", () => isTold, AGREE_WITHIN_MS);
    const there = names.filter((name) => cluster.topic(name) !== undefined).sort();
    life.end();
    return there;
  }
}

/** Undefined when it is known that nothing came of it. */
function outcomeOf(code: number | undefined): TopicOperation["outcome"] | undefined {
  switch (code) {
    case ErrorCode.NONE:
      return "done";
    case ErrorCode.TOPIC_ALREADY_EXISTS:
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return "refused";
    default:
      return "unknown";
  }
}

function lineOf({ operation, outcome, fromMs, toMs }: TopicOperation): string {
  return `${operation} ${outcome} ${fromMs.toFixed(1)}..${toMs.toFixed(1)}`;
}

function nameOf(nodeId: number): string {
  return `node-${nodeId}`;
}

function settingsOf(
  nodeId: number,
  { nodes, snapshotBytes, electionMs }: ClusterConfig,
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
    "controller.quorum.election.timeout.ms": String(electionMs[nodeId - 1]),
    "metadata.log.max.record.bytes.between.snapshots": String(snapshotBytes),
  });
  if ("problems" in resolved) throw new Error(resolved.problems.join("; "));
  return resolved.settings;
}
