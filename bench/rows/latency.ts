// Latency: at a steady rate, and of one record at a time.
//
// Lives on: the developer's machine.

import { timesOrLess } from "../goals.ts";
import type { Rows, SteadyRow } from "../row.ts";
import { createTopic, measuredLoad, PARTITIONS } from "../row.ts";

const RATE = 100_000;

/** An open loop: a record that is held up makes no other go later, and counts from when it was due. */
function steady(recordBytes: number): SteadyRow {
  const topic = `steady-${recordBytes}`;
  return {
    kind: "steady",
    name: `p99 at a steady ${RATE.toLocaleString("en")} records/s of ${recordBytes} B`,
    unit: "ms",
    better: "less",
    method: `franz-go, linger 1 ms, acks all, ${PARTITIONS} partitions; open loop, from the intended send`,
    goals: [timesOrLess(0.3), timesOrLess(0.3, "p99.9")],
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic);
      const duration = `${settings.seconds}s`;
      const options = { topic, recordBytes, rate: RATE, duration, warmup: "2s", linger: "1ms" };
      const result = await measuredLoad(broker, (r) => r.p99Ms, "rate", options, settings);
      const { p50Ms, p999Ms } = result.load!;
      return { ...result, notes: { p50: p50Ms, "p99.9": p999Ms } };
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
  "end-to-end": endToEnd,
};
