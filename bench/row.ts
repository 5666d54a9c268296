// What a row of the benchmark is: something done to a broker, the figures that come of it, and the
// goals that stand beside them. The rows themselves are in rows/, one room for each kind of load.
//
// Lives on: the developer's machine.

import type { Broker } from "./broker.ts";
import type { Goal } from "./goals.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import { load } from "./load.ts";
import { machineUsage } from "./machine.ts";

export type StartOptions = {
  readonly directory?: string;
  readonly port?: number;
  readonly pollMs?: number;
  /** Of a Gofka node; Kafka has none. */
  readonly hosts?: number;
};

/** When a record is acknowledged: from the page cache, Kafka's default, or once it is on the disk. */
export type Durability = "page cache" | "synced";

/** One of the two brokers that are compared. */
export type Side = {
  readonly label: string;
  readonly start: (options: StartOptions) => Promise<Broker>;
  /** What topics are made with, so that both sides acknowledge at the same point. */
  readonly topicConfigs: (durability: Durability) => string;
};

export type Settings = {
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly clientCores: string | undefined;
};

export type Measurement = {
  /** The row's own figure. */
  readonly value: number;
  /** Other figures, shown beside it. */
  readonly notes?: Readonly<Record<string, number>>;
  readonly load?: LoadResult;
  readonly brokerCpuSeconds?: number;
  /** Cores of kernel threads: most of it is write-back, which no process is charged for. */
  readonly kernelCores?: number;
  /** Cores that other processes had. */
  readonly othersCores?: number;
  /** Share of the time in which somebody waited for a disk. */
  readonly diskWait?: number;
};

export type Common = {
  readonly name: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** How the load is made: client, linger, batches, acks, partitions. */
  readonly method?: string;
  readonly goals?: readonly Goal[];
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
  /** There is nothing to compare it with: what it is that is measured alone. */
  readonly alone?: string;
  /** A run takes so many times as long as one of another row: its share of the time given. */
  readonly weight?: number;
  /** Makes what every run of the row begins from; returns the directory. */
  readonly prepare?: (side: Side) => Promise<string>;
  readonly measure: (side: Side, directory: string, settings: Settings) => Promise<Measurement>;
};

export type Row = SteadyRow | ProcessRow;
export type Rows = Readonly<Record<string, Row>>;

export const PARTITIONS = 6;

export async function createTopic(
  side: Side,
  broker: Broker,
  topic: string,
  partitions = PARTITIONS,
  durability: Durability = "page cache",
): Promise<void> {
  const configs = side.topicConfigs(durability);
  await load("create", broker.bootstrap, { topic, partitions, configs });
}

/** Runs a load and notes who used the machine meanwhile. */
export async function measured(
  broker: Broker,
  run: () => Promise<LoadResult>,
  value: (result: LoadResult) => number,
): Promise<Measurement> {
  const brokerBefore = broker.usage().cpuSeconds;
  const before = machineUsage();
  const result = await run();
  if (result.failed > 0) throw new Error(`${result.failed} records failed`);
  const after = machineUsage();
  const brokerCpuSeconds = broker.usage().cpuSeconds - brokerBefore;
  const seconds = after.atSeconds - before.atSeconds;
  // A kernel thread that has ended takes its time with it.
  const kernel = Math.max(0, after.kernelThreadsCpuSeconds - before.kernelThreadsCpuSeconds);
  const known = brokerCpuSeconds + result.clientCpuSeconds + kernel;
  const others = after.cpuSeconds - before.cpuSeconds - known;
  return {
    value: value(result),
    load: result,
    brokerCpuSeconds,
    kernelCores: kernel / seconds,
    othersCores: Math.max(0, others / seconds),
    diskWait: (after.diskWaitSeconds - before.diskWaitSeconds) / seconds,
  };
}

/** The same by our own generator. */
export function measuredLoad(
  broker: Broker,
  value: (result: LoadResult) => number,
  mode: string,
  options: LoadOptions,
  { clientCores }: Settings,
): Promise<Measurement> {
  return measured(broker, () => load(mode, broker.bootstrap, options, clientCores), value);
}
