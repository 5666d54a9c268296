// Three nodes on this machine, Gofka's or Kafka's, with the same settings of the quorum: started at once,
// killed, frozen and started again one by one.
//
// Lives on: the developer's machine.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodePlan } from "../../src/cli/cluster/plan.ts";
import { viewQuorum } from "../../src/cli/cluster/quorum-view.ts";
import type { Broker } from "../broker.ts";
import { freePort } from "../broker.ts";
import { startGofka } from "../gofka.ts";
import { prepareKafka, startKafka } from "../peer/kafka.ts";

export type Maker = "gofka" | "kafka";

const NODES = 3;
/** Kafka's defaults, said to both. */
const timeouts = {
  "controller.quorum.election.timeout.ms": "1000",
  "controller.quorum.fetch.timeout.ms": "2000",
};

type Plan = NodePlan & { readonly settings: Readonly<Record<string, string>> };

export class ThreeNodes {
  readonly brokers: (Broker | undefined)[] = [];
  readonly plans: readonly Plan[];
  private readonly maker: Maker;
  private readonly directory: string;
  private readonly hosts: number | undefined;
  private readonly clusterId = `k${randomBytes(16).toString("base64url").slice(1, 22)}`;

  private constructor(
    maker: Maker,
    directory: string,
    hosts: number | undefined,
    plans: readonly Plan[],
  ) {
    this.maker = maker;
    this.directory = directory;
    this.hosts = hosts;
    this.plans = plans;
  }

  static async plan(maker: Maker, directory: string, hosts?: number): Promise<ThreeNodes> {
    const ports = await Promise.all(Array.from({ length: NODES * 2 }, () => freePort()));
    const controllers = ports.slice(NODES);
    const voters = controllers.map((port, at) => `${at + 1}@127.0.0.1:${port}`).join();
    const plans = controllers.map((controllerPort, at) => {
      const [nodeId, port] = [at + 1, ports[at]!];
      const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`;
      const settings = {
        "node.id": String(nodeId),
        listeners,
        "controller.quorum.voters": voters,
        ...timeouts,
      };
      return { nodeId, port, controllerPort, settings };
    });
    return new ThreeNodes(maker, directory, hosts, plans);
  }

  /** Kafka has to format its directories first, which is nothing of a start. */
  async prepare(): Promise<void> {
    if (this.maker === "gofka") return;
    for (const at of this.plans.keys()) await prepareKafka(this.kafkaOptions(at));
  }

  async startAll(): Promise<void> {
    await Promise.all(this.plans.map((_, at) => this.start(at)));
  }

  async start(at: number): Promise<void> {
    const { directory, ...rest } = this.kafkaOptions(at);
    this.brokers[at] = await (this.maker === "kafka"
      ? startKafka({ directory, ...rest })
      : startGofka({
          compiled: true,
          dataDirectory: directory,
          port: rest.port,
          settings: rest.settings,
          ...(this.hosts !== undefined && { hosts: this.hosts }),
        }));
  }

  private kafkaOptions(at: number) {
    const { nodeId, port, settings } = this.plans[at]!;
    const directory = join(this.directory, String(nodeId));
    return { directory, port, settings, clusterId: this.clusterId };
  }

  /** The place of the node that leads the quorum. */
  async leader(): Promise<number> {
    for (;;) {
      const view = await viewQuorum(this.plans.filter((_, at) => this.brokers[at] !== undefined));
      if (view.ok && view.value.leaderId > 0) return view.value.leaderId - 1;
      await sleep(50);
    }
  }

  /** Until all brokers are there and unfenced. */
  async whole(): Promise<void> {
    for (;;) {
      const view = await viewQuorum(this.plans);
      if (view.ok && view.value.aliveBrokers.length === NODES) return;
      await sleep(100);
    }
  }

  signal(at: number, signal: NodeJS.Signals): void {
    process.kill(this.brokers[at]!.pid, signal);
  }

  async kill(at: number): Promise<void> {
    const broker = this.brokers[at];
    this.brokers[at] = undefined;
    await broker?.kill();
  }

  /** Proportional share of all three, in MiB. */
  pssMiB(): number {
    const kibibytes = this.brokers.map((broker) => {
      const text = readFileSync(`/proc/${broker!.pid}/smaps_rollup`, "utf8");
      return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]);
    });
    return kibibytes.reduce((sum, each) => sum + each, 0) / 1024;
  }

  async stop(): Promise<void> {
    await Promise.all(this.plans.map((_, at) => this.kill(at)));
  }
}
