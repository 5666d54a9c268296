// Apache's own producer benchmark, org.apache.kafka.tools.ProducerPerformance, as another load.
//
// Lives on: the developer's machine.

import { spawn } from "node:child_process";
import { usageOf } from "./broker.ts";
import type { LoadResult } from "./load.ts";
import { LOAD_MS_MAX } from "./load.ts";
import { classPath } from "./peer/kafka.ts";
import type { Settings } from "./row.ts";

export type ProducerPerformance = {
  readonly topic: string;
  readonly recordBytes: number;
  readonly acks: string;
  readonly records: number;
};

/** The first quarter warms its JVM up, and is not in its own figures. */
const WARM_SHARE = 0.25;
/** How often its CPU time is looked at; the last look is what is told. */
const LOOK_MS = 50;

const steadyLine =
  /^(\d+) steady state records sent, ([\d.]+) records\/sec .*?, (\d+) ms 50th, \d+ ms 95th, (\d+) ms 99th, (\d+) ms 99\.9th/m;

/** What it says of the steady part of its run. */
export function parsePerformance(
  output: string,
  { recordBytes, records: total }: ProducerPerformance,
  clientCpuSeconds: number,
  wholeSeconds: number,
): LoadResult {
  const [, sent, rate, p50, p99, p999] = steadyLine.exec(output) ?? [];
  if (sent === undefined) throw new Error(`ProducerPerformance: ${output.slice(-2_000)}`);
  const recordsPerSecond = Number(rate);
  const records = Number(sent);
  return {
    records,
    seconds: records / recordsPerSecond,
    recordsPerSecond,
    mibPerSecond: (recordsPerSecond * recordBytes) / 2 ** 20,
    failed: 0,
    totalBytes: total * recordBytes,
    clientCpuSeconds,
    clientCpuShare: clientCpuSeconds / wholeSeconds,
    p50Ms: Number(p50),
    p99Ms: Number(p99),
    p999Ms: Number(p999),
  };
}

export async function producerPerformance(
  bootstrap: string,
  what: ProducerPerformance,
  { clientCores }: Settings,
): Promise<LoadResult> {
  const { topic, recordBytes, acks, records } = what;
  const tool = ["org.apache.kafka.tools.ProducerPerformance", "--bootstrap-server", bootstrap];
  const load = ["--topic", topic, "--record-size", String(recordBytes), "--throughput", "-1"];
  const many = ["--num-records", String(records)];
  const warm = ["--warmup-records", String(Math.round(records * WARM_SHARE))];
  const whole = ["java", "-Xmx512m", "-cp", classPath(), ...tool, ...load, ...many, ...warm];
  whole.push("--command-property", `acks=${acks}`);
  const pinned = clientCores === undefined ? whole : ["taskset", "-c", clientCores, ...whole];
  const startedMs = performance.now();
  const child = spawn(pinned[0]!, pinned.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LOAD_MS_MAX,
    killSignal: "SIGKILL",
  });
  let output = "";
  let cpuSeconds = 0;
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const look = setInterval(() => {
    try {
      cpuSeconds = usageOf(child.pid!).cpuSeconds;
    } catch {
      // It has just ended.
    }
  }, LOOK_MS);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.on("error", reject);
  child.on("close", () => resolve());
  try {
    await promise;
  } finally {
    clearInterval(look);
  }
  return parsePerformance(output, what, cpuSeconds, (performance.now() - startedMs) / 1_000);
}
