// Latency: at a steady rate, and of one record at a time.
//
// Lives on: the developer's machine.

import { timesOrLess } from "../goals.ts";
import type { LoadOptions } from "../load.ts";
import type { Measurement, ProcessRow, Rows, Settings, SteadyRow } from "../row.ts";
import { createTopic, measuredLoad, PARTITIONS } from "../row.ts";
import { againstSink } from "../sink.ts";

const RATE = 100_000;

const openLoop = `franz-go, linger 1 ms, acks all, ${PARTITIONS} partitions; open loop, from the intended send`;

const nameOf = (recordBytes: number): string =>
  `p99 at a steady ${RATE.toLocaleString("en")} records/s of ${recordBytes} B`;

function loadOf(recordBytes: number, topic: string, { seconds }: Settings): LoadOptions {
  const times = { duration: `${seconds}s`, warmup: "2s", linger: "1ms" };
  return { topic, recordBytes, rate: RATE, ...times };
}

function withPercentiles(measurement: Measurement): Measurement {
  const { p50Ms, p999Ms } = measurement.load!;
  return { ...measurement, notes: { p50: p50Ms, "p99.9": p999Ms } };
}

/** An open loop: a record that is held up makes no other go later, and counts from when it was due. */
function steady(recordBytes: number): SteadyRow {
  const topic = `steady-${recordBytes}`;
  return {
    kind: "steady",
    name: nameOf(recordBytes),
    unit: "ms",
    better: "less",
    method: openLoop,
    goals: [timesOrLess(0.3), timesOrLess(0.3, "p99.9")],
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic);
      const options = loadOf(recordBytes, topic, settings);
      return withPercentiles(await measuredLoad(broker, (r) => r.p99Ms, "rate", options, settings));
    },
  };
}

/** What is left of the latency when no broker holds anything up: nobody's can be less. */
function floor(recordBytes: number): ProcessRow {
  return {
    kind: "process",
    alone: "sink",
    name: `floor of the client: ${nameOf(recordBytes)}`,
    unit: "ms",
    better: "less",
    method: `${openLoop}; against a sink that keeps nothing`,
    measure: async (_side, _directory, settings) => {
      const options = loadOf(recordBytes, "floor", settings);
      return withPercentiles(await againstSink((r) => r.p99Ms, "rate", options, settings));
    },
  };
}

const ROUNDS = 2_000;
/** Of the generator, before it counts. */
const WARM_ROUNDS = 200;
const CPU_PER_ROUND = "broker CPU us per round trip";

const endToEnd: SteadyRow = {
  kind: "steady",
  name: "end to end p50, one in flight",
  unit: "ms",
  better: "less",
  method: "franz-go, no linger, acks all, 1 partition; from the send until a consumer has it",
  goals: [timesOrLess(0.9), timesOrLess(0.8, "p99"), timesOrLess(0.6, CPU_PER_ROUND)],
  prepare: (side, broker) => createTopic(side, broker, "end-to-end", 1),
  measure: async (_side, broker, settings) => {
    const options = { topic: "end-to-end", recordBytes: 100, records: ROUNDS };
    const result = await measuredLoad(broker, (r) => r.p50Ms, "end-to-end", options, settings);
    const { p99Ms, p999Ms } = result.load!;
    const perRound = (result.brokerCpuSeconds! * 1e6) / (ROUNDS + WARM_ROUNDS);
    return { ...result, notes: { p99: p99Ms, "p99.9": p999Ms, [CPU_PER_ROUND]: perRound } };
  },
};

export const latencyRows: Rows = {
  "steady-100": steady(100),
  "steady-1k": steady(1_024),
  "floor-100": floor(100),
  "floor-1k": floor(1_024),
  "end-to-end": endToEnd,
};
