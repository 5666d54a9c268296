// Consume: from the start of a log as fast as it goes, and at its tail with one, ten and a hundred
// readers, who have to be told of every batch as it comes.
//
// Lives on: the developer's machine.

import { CPU } from "../figures.ts";
import { throughputTimes, timesOrLess } from "../goals.ts";
import { load } from "../load.ts";
import type { Rows, SteadyRow } from "../row.ts";
import { createTopic, measuredLoad, PARTITIONS } from "../row.ts";

/** Kafka hands files to the socket by sendfile; Node has no such thing, so twice its CPU time is allowed. */
const goals = [throughputTimes(1), timesOrLess(2, CPU)];

/** What is there to be read for each second of the measurement, records' overhead and all. */
const FILL_BYTES_PER_SECOND = 250 * 2 ** 20;

function fromTheStart(recordBytes: number): SteadyRow {
  const topic = `consume-${recordBytes}`;
  return {
    kind: "steady",
    name: `consume ${recordBytes} B from the start, ${PARTITIONS} partitions`,
    unit: "records/s",
    better: "more",
    method: "franz-go by assignment, its defaults: fetches up to 50 MiB, 1 MiB a partition",
    goals,
    prepare: async (side, broker, { seconds }) => {
      await createTopic(side, broker, topic);
      const records = Math.round((seconds * FILL_BYTES_PER_SECOND) / (recordBytes + 50));
      await load("produce", broker.bootstrap, { topic, recordBytes, records });
    },
    measure: async (_side, broker, settings) =>
      measuredLoad(broker, (r) => r.recordsPerSecond, "consume", { topic }, settings),
  };
}

function atTheTail(consumers: number): SteadyRow {
  const topic = "tail";
  return {
    kind: "steady",
    name: `tail of 1 KiB records, ${consumers} consumers`,
    unit: "records/s to all",
    better: "more",
    method: `one franz-go producer, linger 5 ms, acks 1, at most 8,192 records ahead of the slowest of ${consumers} readers of batch headers`,
    goals,
    measure: async (side, broker, settings) => {
      await createTopic(side, broker, topic);
      const duration = `${settings.seconds}s`;
      const options = { topic, consumers, recordBytes: 1_024, acks: "1", duration, warmup: "1s" };
      return measuredLoad(broker, (r) => r.recordsPerSecond, "tail", options, settings);
    },
  };
}

export const consumeRows: Rows = {
  "consume-100": fromTheStart(100),
  "consume-1k": fromTheStart(1_024),
  "tail-1": atTheTail(1),
  "tail-10": atTheTail(10),
  "tail-100": atTheTail(100),
};
