// A real Kafka 4.3.1 node, from Maven's artifacts: one process, broker and controller, set up as the
// benchmark's peer and as the oracle of the foreign clients' runners. As a script:
//   node bench/peer/kafka.ts [--port 9192] [--dir DIR] [--set key=value]...
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Broker } from "../broker.ts";
import { freePort, launch } from "../broker.ts";

const here = import.meta.dirname;
const library = join(here, "lib");

/** Kafka's jars; fetched by Maven when they are first needed. */
export function classPath(): string {
  if (!existsSync(library)) {
    const copy = ["-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"];
    const copied = spawnSync("mvn", copy, { cwd: here, stdio: "inherit" });
    if (copied.status !== 0) throw new Error("mvn could not fetch Kafka's artifacts");
  }
  return join(library, "*");
}

/** It recovers a thousand partitions in 17 s on a machine that has nothing else to do. */
const READY_TIMEOUT_MS = 180_000;

/** Kafka's own defaults for its start script. */
const jvm = [
  "-Xms1g",
  "-Xmx1g",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
  "-Djava.awt.headless=true",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

function properties(port: number, controllerPort: number, dataDirectory: string) {
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.bootstrap.servers": `127.0.0.1:${controllerPort}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": dataDirectory,
    "num.partitions": "1",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
  };
}

export type KafkaOptions = {
  /** 0: any free one. */
  readonly port?: number;
  /** Formatted when it is new. */
  readonly directory?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** One of several nodes: they share the id, and `controller.quorum.voters` of `settings`. */
  readonly clusterId?: string;
  /** Formatted with these, `name=level`; else with Kafka's defaults. */
  readonly features?: readonly string[];
  readonly pollMs?: number;
  readonly cores?: string;
};

function format(file: string, { features = [], clusterId }: KafkaOptions): void {
  const own = `k${randomBytes(16).toString("base64url").slice(1, 22)}`.slice(0, 22);
  const tool = ["kafka.tools.StorageTool", "format", "-t", clusterId ?? own, "-c", file];
  if (clusterId === undefined) tool.push("--standalone");
  const levels = features.flatMap((feature) => ["--feature", feature]);
  const words = ["-cp", classPath(), ...tool, ...levels];
  const formatted = spawnSync("java", words, { encoding: "utf8" });
  if (formatted.status !== 0) throw new Error(`format: ${formatted.stdout}${formatted.stderr}`);
}

/** Its directory and its file of settings; formatted when it is new. */
export async function prepareKafka(options: KafkaOptions = {}) {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "kafka-peer-"));
  const dataDirectory = join(directory, "data");
  const file = join(directory, "server.properties");
  const isNew = !existsSync(join(dataDirectory, "meta.properties"));
  mkdirSync(dataDirectory, { recursive: true });
  const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
  const defaults: Record<string, string> = properties(port, await freePort(), dataDirectory);
  if (options.clusterId !== undefined) delete defaults["controller.quorum.bootstrap.servers"];
  const settings = { ...defaults, ...options.settings };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(""));
  if (isNew) format(file, options);
  return { dataDirectory, file, port };
}

export async function startKafka(options: KafkaOptions = {}): Promise<Broker> {
  const { dataDirectory, file, port } = await prepareKafka(options);
  return launch({
    name: "kafka",
    command: "java",
    arguments: [...jvm, "-cp", classPath(), "kafka.Kafka", file],
    dataDirectory,
    port,
    readyTimeoutMs: READY_TIMEOUT_MS,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.cores !== undefined && { cores: options.cores }),
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "9192" },
      dir: { type: "string" },
      set: { type: "string", multiple: true, default: [] },
    },
  });
  const settings = Object.fromEntries(values.set.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  const broker = await startKafka({
    port: Number(values.port),
    ...(values.dir !== undefined && { directory: values.dir }),
    settings: settings as Record<string, string>,
  });
  console.log(`kafka (process ${broker.pid}) ready at ${broker.bootstrap}`);
  console.error(`data in ${broker.dataDirectory}; Ctrl-C stops it`);
  const stop = (): void => {
    void broker.stop().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  setInterval(() => undefined, 60_000);
}
