// The rows of the benchmark: what is done to each broker, and which figure of it is compared.
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Broker } from "./broker.ts";
import { machineCpuSeconds } from "./broker.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import { load } from "./load.ts";

export type Start = (options: {
  directory?: string;
  port?: number;
  pollMs?: number;
}) => Promise<Broker>;

/** One of the two brokers that are compared. */
export type Side = {
  readonly label: string;
  readonly start: Start;
  /** What its topics are made with, so that both sides ack at the same point. */
  readonly topicConfigs: string;
};

export type Settings = {
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly clientCores: string | undefined;
};

export type Measurement = {
  readonly value: number;
  /** Shown beside it. */
  readonly notes?: Readonly<Record<string, number>>;
  readonly load?: LoadResult;
  readonly brokerCpuSeconds?: number;
  /** Cores that neither client nor broker had: other processes, and the kernel writing back. */
  readonly othersCores?: number;
};

export type Common = {
  readonly name: string;
  readonly unit: string;
  readonly better: "more" | "less";
};

/** A row over brokers that are up all the time. */
export type SteadyRow = Common & {
  readonly kind: "steady";
  /** Once for each broker, before the first pair. */
  readonly prepare?: (side: Side, broker: Broker, settings: Settings) => Promise<void>;
  readonly measure: (side: Side, broker: Broker, settings: Settings) => Promise<Measurement>;
};

/** A row about processes of its own. */
export type ProcessRow = Common & {
  readonly kind: "process";
  /** Makes what every run of the row begins from; returns the directory. */
  readonly prepare: (side: Side) => Promise<string>;
  readonly measure: (side: Side, directory: string) => Promise<Measurement>;
};

export type Row = SteadyRow | ProcessRow;

async function measured(
  broker: Broker,
  value: (result: LoadResult) => number,
  mode: string,
  options: LoadOptions,
  settings: Settings,
): Promise<Measurement> {
  const before = broker.usage().cpuSeconds;
  const machineBefore = machineCpuSeconds();
  const startedMs = performance.now();
  const result = await load(mode, broker.bootstrap, options, settings.clientCores);
  if (result.failed > 0) throw new Error(`${mode}: ${result.failed} records failed`);
  const brokerCpuSeconds = broker.usage().cpuSeconds - before;
  const others = machineCpuSeconds() - machineBefore - brokerCpuSeconds - result.clientCpuSeconds;
  const othersCores = Math.max(0, others / ((performance.now() - startedMs) / 1000));
  return { value: value(result), load: result, brokerCpuSeconds, othersCores };
}

async function createTopic(side: Side, broker: Broker, topic: string, partitions = 6) {
  const configs = side.topicConfigs;
  await load("create", broker.bootstrap, { topic, partitions, configs });
}

export function produceRow(recordBytes: number, acks: string): SteadyRow {
  const topic = `produce-${recordBytes}-${acks}`;
  return {
    kind: "steady",
    name: `produce ${recordBytes} B, acks ${acks}`,
    unit: "MiB/s",
    better: "more",
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic);
      const duration = `${settings.seconds}s`;
      const options = { topic, recordBytes, acks, duration, warmup: "1s" };
      return measured(broker, (result) => result.mibPerSecond, "produce", options, settings);
    },
  };
}

export function consumeRow(recordBytes: number): SteadyRow {
  const topic = `consume-${recordBytes}`;
  return {
    kind: "steady",
    name: `consume ${recordBytes} B`,
    unit: "MiB/s",
    better: "more",
    prepare: async (side, broker, settings) => {
      await createTopic(side, broker, topic);
      const records = Math.round((settings.seconds * 250 * 2 ** 20) / (recordBytes + 50));
      await load("produce", broker.bootstrap, { topic, recordBytes, records });
    },
    measure: async (_side, broker, settings) =>
      measured(broker, (result) => result.mibPerSecond, "consume", { topic }, settings),
  };
}

export function rateRow(recordBytes: number, rate: number): SteadyRow {
  const topic = `rate-${recordBytes}`;
  return {
    kind: "steady",
    name: `latency p99 at ${rate}/s of ${recordBytes} B`,
    unit: "ms",
    better: "less",
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic);
      const duration = `${settings.seconds}s`;
      const options = { topic, recordBytes, rate, duration, warmup: "2s", linger: "1ms" };
      const result = await measured(broker, (r) => r.p99Ms, "rate", options, settings);
      const { p50Ms, p999Ms } = result.load!;
      return { ...result, notes: { p50: p50Ms, "p99.9": p999Ms } };
    },
  };
}

export const endToEndRow: SteadyRow = {
  kind: "steady",
  name: "end to end p50, one in flight",
  unit: "ms",
  better: "less",
  prepare: (side, broker) => createTopic(side, broker, "end-to-end", 1),
  measure: async (_side, broker, settings) => {
    const options = { topic: "end-to-end", recordBytes: 100, records: 2_000 };
    const result = await measured(broker, (r) => r.p50Ms, "end-to-end", options, settings);
    return { ...result, notes: { p99: result.load!.p99Ms } };
  },
};

const pollMs = 2;

export const startRow: ProcessRow = {
  kind: "process",
  name: "start to first answer",
  unit: "ms",
  better: "less",
  prepare: async (side) => {
    const broker = await side.start({ port: 0 });
    await broker.stop();
    return baseOf(broker);
  },
  measure: async (side, directory) => {
    const broker = await side.start({ directory, pollMs });
    const notes = { "RSS MiB": broker.usage().residentMiB };
    await broker.stop();
    return { value: broker.firstAnswerMs, notes };
  },
};

/** What `start` takes as its directory. Kafka's is the parent of its log directory. */
function baseOf(broker: Broker): string {
  return broker.name === "kafka" ? dirname(broker.dataDirectory) : broker.dataDirectory;
}

const manyTopic = "many";
const manyPartitions = 1_000;
const manyRecords = manyPartitions * 200;

function copyTo(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const copied = spawnSync("cp", ["-a", "--sparse=always", from, to], { encoding: "utf8" });
  if (copied.status !== 0 || !existsSync(to)) throw new Error(`cp: ${copied.stderr}`);
}

export const restartRow: ProcessRow = {
  kind: "process",
  name: "restart after kill -9, 1,000 partitions of 200 KiB",
  unit: "ms",
  better: "less",
  prepare: async (side) => {
    // The directory's name goes into the brokers' own files: they run where the copy will lie.
    const base = mkdtempSync(join(tmpdir(), "bench-restart-"));
    const directory = join(base, "node");
    const broker = await side.start({ directory });
    await createTopic(side, broker, manyTopic, manyPartitions);
    await load("produce", broker.bootstrap, {
      topic: manyTopic,
      recordBytes: 1_000,
      records: manyRecords,
      even: true,
      partitions: manyPartitions,
    });
    await broker.kill();
    copyTo(directory, join(base, "killed"));
    return base;
  },
  measure: async (side, base) => {
    const directory = join(base, "node");
    copyTo(join(base, "killed"), directory);
    spawnSync("sync");
    const startedMs = performance.now();
    const broker = await side.start({ directory, pollMs });
    const options = { topic: manyTopic, timeout: "120s" };
    const { records } = await load<{ records: number }>("await", broker.bootstrap, options);
    const value = performance.now() - startedMs;
    await broker.kill();
    if (records !== manyRecords) throw new Error(`${side.label}: ${records} records came back`);
    return { value, notes: { "first answer ms": broker.firstAnswerMs } };
  },
};

export const rows: Readonly<Record<string, Row>> = {
  "produce-100": produceRow(100, "all"),
  "produce-1k": produceRow(1_024, "all"),
  "produce-1k-acks1": produceRow(1_024, "1"),
  "consume-100": consumeRow(100),
  "consume-1k": consumeRow(1_024),
  latency: rateRow(1_024, 100_000),
  "latency-10k": rateRow(1_024, 10_000),
  "end-to-end": endToEndRow,
  start: startRow,
  restart: restartRow,
};
