// Gofka against a real Kafka: the same loads on the same machine, in alternating pairs. What counts
// are the ratios and their spread; single figures of one machine are not comparable with others.
//   node bench/main.ts [--rows produce-100,start] [--pairs 5] [--policy os|group]
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Broker } from "./broker.ts";
import { startGofka } from "./gofka.ts";
import { load } from "./load.ts";
import { startKafka } from "./peer/kafka.ts";
import type { Pair } from "./report.ts";
import { rowReport } from "./report.ts";
import type { Measurement, ProcessRow, Row, Settings, Side, SteadyRow } from "./rows.ts";
import { rows } from "./rows.ts";

const { values: given } = parseArgs({
  options: {
    rows: { type: "string", default: Object.keys(rows).join(",") },
    pairs: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    /** Load on each broker before anything is measured, for the JVM's compiler. */
    warm: { type: "string", default: "30" },
    /** os: acked from the page cache, Kafka's default. group, each: acked once synced. */
    policy: { type: "string", default: "os" },
    left: { type: "string", default: "gofka" },
    right: { type: "string", default: "kafka" },
    hosts: { type: "string" },
    /** Broker on core 0, client on core 1. */
    pin: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const cores = availableParallelism();
const brokerCores = given.pin ? { cores: "0" } : {};
const scratch = mkdtempSync(join(tmpdir(), "gofka-bench-"));

function gofkaSide(label: string): Side {
  const hosts = given.hosts === undefined ? {} : { hosts: Number(given.hosts) };
  return {
    label,
    topicConfigs: `gofka.flush.policy=${given.policy},file.delete.delay.ms=1000`,
    start: ({ directory, port, pollMs }) =>
      startGofka({
        compiled: true,
        dataDirectory: directory ?? mkdtempSync(join(scratch, "gofka-")),
        ...hosts,
        ...brokerCores,
        ...(port !== undefined && { port }),
        ...(pollMs !== undefined && { pollMs }),
      }),
  };
}

function kafkaSide(label: string): Side {
  const flush = given.policy === "os" ? "" : "flush.messages=1,";
  return {
    label,
    topicConfigs: `${flush}file.delete.delay.ms=1000`,
    start: ({ directory, port, pollMs }) =>
      startKafka({
        directory: directory ?? mkdtempSync(join(scratch, "kafka-")),
        ...brokerCores,
        ...(port !== undefined && { port }),
        ...(pollMs !== undefined && { pollMs }),
      }),
  };
}

function side(which: string, label: string): Side {
  if (which === "gofka") return gofkaSide(label);
  if (which === "kafka") return kafkaSide(label);
  throw new Error(`${which}: compare gofka or kafka`);
}

const settings: Settings = {
  seconds: Number(given.seconds),
  warmSeconds: Number(given.warm),
  clientCores: given.pin ? "1" : undefined,
};
const left = side(given.left, given.left);
const right = side(given.right, given.left === given.right ? `${given.right}'` : given.right);

/** Lets the disk finish what the run before has left behind. */
function settle(): void {
  spawnSync("sync");
}

async function inPairs(measure: (side: Side) => Promise<Measurement>): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < Number(given.pairs); index++) {
    settle();
    const first = await measure(left);
    settle();
    pairs.push({ left: first, right: await measure(right) });
    process.stderr.write(".");
  }
  process.stderr.write("\n");
  return pairs;
}

function print(row: Row, pairs: readonly Pair[]): void {
  if (given.json) console.log(JSON.stringify({ row: row.name, unit: row.unit, pairs }));
  else console.log(`${rowReport(row, pairs, [left.label, right.label], cores)}\n`);
}

async function warmUp(broker: Broker): Promise<void> {
  if (settings.warmSeconds === 0) return;
  const topic = "warm-up";
  await load("create", broker.bootstrap, { topic, configs: "file.delete.delay.ms=1000" });
  const duration = `${settings.warmSeconds / 2}s`;
  await load("rate", broker.bootstrap, { topic, recordBytes: 1_024, rate: 20_000, duration });
  await load("produce", broker.bootstrap, { topic, recordBytes: 100, duration });
  await load("consume", broker.bootstrap, { topic });
  await load("create", broker.bootstrap, { topic, configs: "file.delete.delay.ms=1000" });
}

async function steadyRows(chosen: readonly SteadyRow[]): Promise<void> {
  const brokers = new Map<Side, Broker>();
  for (const each of [left, right]) {
    const broker = await each.start({ port: 0 });
    brokers.set(each, broker);
    console.log(`${each.label}: first answer after ${broker.firstAnswerMs.toFixed(0)} ms`);
    await warmUp(broker);
  }
  for (const row of chosen) {
    for (const [each, broker] of brokers) await row.prepare?.(each, broker, settings);
    print(row, await inPairs((each) => row.measure(each, brokers.get(each)!, settings)));
  }
  for (const [each, broker] of brokers) {
    const { residentMiB, residentPeakMiB, cpuSeconds } = broker.usage();
    const memory = `RSS ${residentMiB.toFixed(0)} MiB, peak ${residentPeakMiB.toFixed(0)} MiB`;
    console.log(`${each.label} after all this: ${memory}; CPU ${cpuSeconds.toFixed(1)} s`);
    await broker.stop();
  }
}

async function processRow(row: ProcessRow): Promise<void> {
  const directories = new Map<Side, string>();
  for (const each of [left, right]) directories.set(each, await row.prepare(each));
  print(row, await inPairs((each) => row.measure(each, directories.get(each)!)));
  for (const directory of directories.values()) rmSync(directory, { recursive: true, force: true });
}

const chosen = given.rows.split(",").map((name) => {
  const row = rows[name];
  if (row === undefined) throw new Error(`no row ${name}; rows: ${Object.keys(rows).join(", ")}`);
  return row;
});
const pinning = given.pin ? "broker and client pinned to a core each" : "nothing pinned";
console.log(`${cores} cores, ${pinning}; flush policy ${given.policy} on both sides\n`);
try {
  const steady = chosen.filter((row) => row.kind === "steady");
  if (steady.length > 0) await steadyRows(steady);
  for (const row of chosen) if (row.kind === "process") await processRow(row);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
