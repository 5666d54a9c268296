// Produce as fast as it goes: batched, synced, compressed, by franz-go and by Apache's own tool, and the
// ceiling of the client itself, against a sink that keeps nothing.
//
// Lives on: the developer's machine.

import { producerPerformance } from "../apache.ts";
import { CPU } from "../figures.ts";
import type { Goal } from "../goals.ts";
import { throughputTimes, timesOrLess } from "../goals.ts";
import type { Durability, ProcessRow, Rows, SteadyRow } from "../row.ts";
import { createTopic, measured, measuredLoad, PARTITIONS } from "../row.ts";
import { againstSink } from "../sink.ts";

type Produce = {
  readonly recordBytes: number;
  readonly acks: "1" | "all";
  readonly partitions?: number;
  readonly durability?: Durability;
  readonly codec?: "lz4" | "zstd";
  readonly goals: readonly Goal[];
};

const lessCpu = timesOrLess(0.9, CPU);

function titleOf(what: Produce, how = ""): string {
  const synced = what.durability === "synced" ? ", every batch synced" : "";
  const codec = what.codec === undefined ? "" : ` as ${what.codec}`;
  const { recordBytes, acks, partitions = PARTITIONS } = what;
  return `produce ${recordBytes} B${codec}${how}, acks ${acks}, ${partitions} partitions${synced}`;
}

const franz = "franz-go, linger 5 ms, batches up to 1 MB of 64 KiB turns, 5 requests in flight";

function options({ recordBytes, acks, codec }: Produce, seconds: number) {
  const compressed = codec === undefined ? {} : { codec, text: true };
  return { recordBytes, acks, duration: `${seconds}s`, warmup: "1s", ...compressed };
}

function produce(what: Produce): SteadyRow {
  const { partitions, durability, goals } = what;
  const topic = "produce";
  return {
    kind: "steady",
    name: titleOf(what),
    unit: "records/s",
    better: "more",
    method: what.codec === undefined ? franz : `${franz}, values of text`,
    goals,
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic, partitions, durability);
      const load = { topic, ...options(what, settings.seconds) };
      return measuredLoad(broker, (r) => r.recordsPerSecond, "produce", load, settings);
    },
  };
}

/** Its producer takes a number of records and not a time: about what a laptop's core can do. */
const apacheRecordsPerSecond = (recordBytes: number): number => 40_000_000 / (recordBytes + 60);

function apache(what: Produce): SteadyRow {
  const topic = "produce-apache";
  return {
    kind: "steady",
    name: titleOf(what, ", Apache's ProducerPerformance"),
    unit: "records/s",
    better: "more",
    method: "its defaults: linger 5 ms, batches of 16 KiB; the first quarter is not counted",
    goals: what.goals,
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic, what.partitions, what.durability);
      const { recordBytes, acks } = what;
      const records = Math.round(settings.seconds * apacheRecordsPerSecond(recordBytes));
      const run = () =>
        producerPerformance(broker.bootstrap, { topic, recordBytes, acks, records }, settings);
      return measured(broker, run, (result) => result.recordsPerSecond);
    },
  };
}

function ceiling(what: Produce): ProcessRow {
  return {
    kind: "process",
    alone: "sink",
    name: `ceiling of the client: ${titleOf(what)}`,
    unit: "records/s",
    better: "more",
    method: `${franz}; against a sink that keeps nothing`,
    measure: (_side, _directory, settings) => {
      const load = { topic: "ceiling", ...options(what, settings.seconds) };
      return againstSink((r) => r.recordsPerSecond, "produce", load, settings);
    },
  };
}

const batched = [throughputTimes(1.2), lessCpu];
const synced = (times: number): readonly Goal[] => [throughputTimes(times), lessCpu];
const bytes = { "100": 100, "1k": 1_024 };

/** The same for both sizes of record: `produce-100`, `produce-1k`. */
function bothSizes(
  name: (size: string) => string,
  row: (recordBytes: number) => Rows[string],
): Rows {
  return Object.fromEntries(
    Object.entries(bytes).map(([size, recordBytes]) => [name(size), row(recordBytes)]),
  );
}

export const produceRows: Rows = {
  ...bothSizes(
    (size) => `ceiling-${size}`,
    (recordBytes) => ceiling({ recordBytes, acks: "all", goals: [] }),
  ),
  ...bothSizes(
    (size) => `produce-${size}`,
    (recordBytes) => produce({ recordBytes, acks: "all", goals: batched }),
  ),
  ...bothSizes(
    (size) => `produce-${size}-acks1`,
    (recordBytes) => produce({ recordBytes, acks: "1", goals: batched }),
  ),
  ...bothSizes(
    (size) => `apache-${size}`,
    (recordBytes) => apache({ recordBytes, acks: "all", goals: batched }),
  ),
  ...bothSizes(
    (size) => `apache-${size}-acks1`,
    (recordBytes) => apache({ recordBytes, acks: "1", goals: batched }),
  ),
  ...bothSizes(
    (size) => `synced-${size}`,
    (recordBytes) => produce({ recordBytes, acks: "all", durability: "synced", goals: synced(2) }),
  ),
  ...bothSizes(
    (size) => `synced-${size}-200`,
    (recordBytes) =>
      produce({
        recordBytes,
        acks: "all",
        durability: "synced",
        partitions: 200,
        goals: synced(5),
      }),
  ),
  lz4: produce({ recordBytes: 1_024, acks: "all", codec: "lz4", goals: [throughputTimes(1.2)] }),
  zstd: produce({ recordBytes: 1_024, acks: "all", codec: "zstd", goals: [throughputTimes(1.2)] }),
};
