// Three nodes as processes of their own, Gofka's or real Kafka's, each broker and controller. Ports stay
// as they are, so that a node can be killed and started again.
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Broker } from "../../../bench/broker.ts";
import { freePort, launch } from "../../../bench/broker.ts";
import { classPath } from "../../../bench/peer/kafka.ts";
import type { Which } from "../harness.ts";
import { scratch } from "../harness.ts";

export const NODES = 3;

type Settings = Readonly<Record<string, string>>;
export type ClusterOptions = {
  readonly settings?: Settings;
  /** Where `node` reaches `voter`, if not directly: a proxy between them. */
  readonly wayTo?: (node: number, voter: number, port: number) => number;
};

const main = join(import.meta.dirname, "../../../src/main.ts");
const jvm = ["-Xms256m", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"];

function newId(): string {
  return `k${randomBytes(16).toString("base64url").slice(1, 21)}A`;
}

export class ThreeNodes {
  readonly which: Which;
  readonly nodes: (Broker | undefined)[] = [];
  readonly clusterId = newId();
  readonly ports: readonly number[];
  readonly controllerPorts: readonly number[];
  private readonly directories: readonly string[];
  private readonly directoryIds = Array.from({ length: NODES }, newId);
  private readonly options: ClusterOptions;

  private constructor(which: Which, ports: readonly number[], options: ClusterOptions) {
    this.which = which;
    this.ports = ports.slice(0, NODES);
    this.controllerPorts = ports.slice(NODES);
    this.options = options;
    this.directories = this.ports.map((_, at) => mkdtempSync(join(scratch, `${which}-${at + 1}-`)));
  }

  static async start(which: Which, options: ClusterOptions = {}): Promise<ThreeNodes> {
    const ports: number[] = [];
    while (ports.length < NODES * 2) {
      const port = await freePort();
      if (!ports.includes(port)) ports.push(port);
    }
    const cluster = new ThreeNodes(which, ports, options);
    for (let at = 0; at < NODES; at++) {
      if (which === "kafka") cluster.format(at);
      else if (options.wayTo !== undefined) cluster.name(at);
    }
    await Promise.all(cluster.ports.map((_, at) => cluster.start(at)));
    return cluster;
  }

  /** The node with that number, which is running. */
  node(at: number): Broker {
    const node = this.nodes[at];
    if (node === undefined) throw new Error(`node ${at + 1} is not there`);
    return node;
  }

  get running(): readonly Broker[] {
    return this.nodes.filter((node) => node !== undefined);
  }

  /** What the node is configured with, as a file: tools that add a voter read it. */
  file(at: number): string {
    const file = join(this.directories[at]!, "server.properties");
    const lines = Object.entries(this.settings(at)).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(file, lines.join(""));
    return file;
  }

  directoryId(at: number): string {
    const file = join(this.directories[at]!, "data", "meta.properties");
    return /^directory\.id=(.+)$/m.exec(readFileSync(file, "utf8"))![1]!.trim();
  }

  async start(at: number): Promise<Broker> {
    const isKafka = this.which === "kafka";
    const file = this.file(at);
    const node = await launch({
      name: `${this.which} ${at + 1}`,
      command: isKafka ? "java" : process.execPath,
      arguments: isKafka
        ? [...jvm, "-cp", classPath(), "kafka.Kafka", file]
        : [main, "start", file, "--hosts", "1"],
      dataDirectory: this.directories[at]!,
      port: this.ports[at]!,
      readyTimeoutMs: 120_000,
    });
    this.nodes[at] = node;
    return node;
  }

  async stop(at: number): Promise<number | null> {
    const node = this.node(at);
    this.nodes[at] = undefined;
    return await node.stop();
  }

  async kill(at: number): Promise<void> {
    const node = this.node(at);
    this.nodes[at] = undefined;
    await node.kill();
  }

  async stopAll(): Promise<readonly (number | null)[]> {
    const there = [...this.nodes.keys()].filter((at) => this.nodes[at] !== undefined);
    return await Promise.all(there.map((at) => this.stop(at)));
  }

  private settings(at: number): Settings {
    const { wayTo = (_node, _voter, port) => port } = this.options;
    const address = (voter: number): string =>
      `127.0.0.1:${voter === at ? this.controllerPorts[voter]! : wayTo(at, voter, this.controllerPorts[voter]!)}`;
    const controllers = this.ports.map((_, voter) => address(voter));
    const plain = `PLAINTEXT://127.0.0.1:${this.ports[at]}`;
    return {
      "process.roles": "broker,controller",
      "node.id": String(at + 1),
      listeners: `${plain},CONTROLLER://127.0.0.1:${this.controllerPorts[at]}`,
      "advertised.listeners": `${plain},CONTROLLER://127.0.0.1:${this.controllerPorts[at]}`,
      "controller.listener.names": "CONTROLLER",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "log.dirs": join(this.directories[at]!, "data"),
      "default.replication.factor": "1",
      "offsets.topic.replication.factor": "1",
      "offsets.topic.num.partitions": "12",
      "group.initial.rebalance.delay.ms": "0",
      ...(this.which === "kafka"
        ? { "controller.quorum.bootstrap.servers": controllers.join() }
        : { "controller.quorum.voters": controllers.map((one, id) => `${id + 1}@${one}`).join() }),
      ...this.options.settings,
    };
  }

  /** The id of a new cluster follows from its voters, which nodes that go different ways see differently. */
  private name(at: number): void {
    mkdirSync(join(this.directories[at]!, "data"), { recursive: true });
    const lines = [
      `cluster.id=${this.clusterId}`,
      `directory.id=${this.directoryIds[at]}`,
      `node.id=${at + 1}`,
      "version=1\n",
    ];
    writeFileSync(join(this.directories[at]!, "data", "meta.properties"), lines.join("\n"));
  }

  private format(at: number): void {
    mkdirSync(join(this.directories[at]!, "data"), { recursive: true });
    const voters = this.directoryIds.map(
      (id, voter) => `${voter + 1}@127.0.0.1:${this.controllerPorts[voter]}:${id}`,
    );
    const tool = ["kafka.tools.StorageTool", "format", "-t", this.clusterId, "-c", this.file(at)];
    const features = ["--feature", "eligible.leader.replicas.version=0"];
    const words = [
      "-cp",
      classPath(),
      ...tool,
      "--initial-controllers",
      voters.join(),
      ...features,
    ];
    const formatted = spawnSync("java", words, { encoding: "utf8" });
    if (formatted.status !== 0) throw new Error(`format: ${formatted.stdout}${formatted.stderr}`);
  }
}
