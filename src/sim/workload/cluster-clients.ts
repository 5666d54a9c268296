// The clients of a world of several nodes. Each does what the plan says, one thing after the other, at a
// node of its own: creates and deletes topics, or writes records. What they asked for and what they were
// told is kept for the checkers.
//
// Lives on: the simulator's thread.

import { Admin } from "../../client/admin.ts";
import { Cluster } from "../../client/cluster.ts";
import { Producer } from "../../client/producer.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { TopicOperation } from "../checkers/topic-register.ts";
import { SimClock } from "../clock.ts";
import type { SimWall } from "../clock.ts";
import type { ClusterOperation, ClusterPlan } from "../cluster-plan.ts";
import { Life } from "../life.ts";
import type { SimNetwork } from "../network.ts";
import { SimRandom } from "../random.ts";
import type { Scheduler } from "../scheduler.ts";
import { SimMachine, SimSockets } from "../sockets.ts";

export const CLIENT_PORT = 9092;
/** One partition for each node; nobody deletes it. */
export const RECORDS_TOPIC = "records";
const REQUEST_TIMEOUT_MS = 5_000;

export type ClusterClient = {
  readonly admin: Admin;
  readonly cluster: Cluster;
  readonly life: Life;
};

export type AckedRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
};

type Change = Pick<ClusterOperation, "topic"> & { readonly kind: "create" | "delete" };

export class ClusterClients {
  /** By topic. */
  readonly changes = new Map<string, TopicOperation[]>();
  readonly acked: AckedRecord[] = [];
  private readonly scheduler: Scheduler;
  private readonly network: SimNetwork;
  private readonly machines: Map<string, SimMachine>;
  private readonly wall: SimWall;
  private readonly working: Life[] = [];
  private made = 0;
  private sent = 0;

  constructor(
    scheduler: Scheduler,
    network: SimNetwork,
    machines: Map<string, SimMachine>,
    wall: SimWall,
  ) {
    this.scheduler = scheduler;
    this.network = network;
    this.machines = machines;
    this.wall = wall;
  }

  /** One that begins at the node of this number. */
  newClient(nodeId: number): ClusterClient {
    this.made += 1;
    const name = `client${this.made}`;
    const life = new Life(this.scheduler, name);
    const prng = this.scheduler.stream(name);
    const machine = new SimMachine(this.network, name);
    this.machines.set(name, machine);
    const ports = {
      sockets: new SimSockets(life, machine, this.machines),
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

  begin({ config, operations }: ClusterPlan): void {
    const own = new Map<number, ClusterOperation[]>();
    for (const operation of operations) {
      const list = own.get(operation.client) ?? [];
      own.set(operation.client, list);
      list.push(operation);
    }
    for (const [client, list] of [...own].sort(([a], [b]) => a - b)) {
      this.work(this.newClient((client % config.nodes) + 1), list);
    }
  }

  /** What is not answered by now never will be. */
  end(): void {
    for (const life of this.working) life.end();
  }

  get changeCount(): number {
    return [...this.changes.values()].reduce((sum, { length }) => sum + length, 0);
  }

  private work(client: ClusterClient, operations: readonly ClusterOperation[]): void {
    const { life, cluster } = client;
    this.working.push(life);
    const beganMs = this.scheduler.nowMs();
    const producer = new Producer(cluster, { lingerMs: 1, attemptsMax: 1_000 });
    let at = 0;
    const next = (): void => {
      const operation = operations[at++];
      if (operation === undefined) return;
      const { kind } = operation;
      const waitMs = Math.max(0.001, beganMs + operation.atMs - this.scheduler.nowMs());
      life.after(waitMs, "next operation", () => {
        if (kind !== "produce") return this.change(client.admin, { ...operation, kind }, next);
        this.produce(producer, operation.topic);
        next();
      });
    };
    next();
  }

  private change(admin: Admin, { kind, topic: number }: Change, done: () => void): void {
    const topic = `topic-${number}`;
    const fromMs = this.scheduler.nowMs();
    const list = this.changes.get(topic) ?? [];
    this.changes.set(topic, list);
    const place = list.push({ operation: kind, outcome: "unknown", fromMs, toMs: Infinity }) - 1;
    const note = (code: number | undefined): void => {
      const outcome = outcomeOf(code);
      const toMs = outcome === "unknown" ? Infinity : this.scheduler.nowMs();
      list[place] = { operation: kind, outcome, fromMs, toMs };
      done();
    };
    if (kind === "create") {
      admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1 }], (outcome) =>
        note(outcome.ok ? outcome.value.topics[0]?.errorCode : undefined),
      );
    } else {
      admin.deleteTopics([topic], (outcome) =>
        note(outcome.ok ? outcome.value.responses[0]?.errorCode : undefined),
      );
    }
  }

  private produce(producer: Producer, partition: number): void {
    const value = `record ${this.sent++}`;
    const record = { value: new TextEncoder().encode(value), timestampMs: this.wall.at(0) };
    producer.send(RECORDS_TOPIC, partition, record, (delivery) => {
      if (delivery.kind !== "ok") return;
      this.acked.push({ partition, offset: delivery.offset, value });
    });
  }
}

export function nameOf(nodeId: number): string {
  return `node-${nodeId}`;
}

function outcomeOf(code: number | undefined): TopicOperation["outcome"] {
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
