// What it costs when the host that has the connection is not the one that has the partition.
//
// Neither client nor bench decides where things live: the kernel picks the host of a connection, and a
// partition's place follows from its topic's id. But partitions 0 and 1 of a topic live on two different
// ones of two hosts, so over one connection every batch of one of them crosses and none of the other's
// does. Which is which shows in the CPU time of the host threads.
//
// Lives on: the developer's machine.

import { orLess } from "../goals.ts";
import { load } from "../load.ts";
import type { ProcessRow, Rows } from "../row.ts";
import { createTopic } from "../row.ts";

type Way = {
  readonly cpuSeconds: number;
  readonly bytes: number;
  /** Shares of the CPU time, the busiest thread first. */
  readonly threads: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
};

export type Crossing = { readonly none: Way; readonly all: Way };

/** How much larger the second thread's share has to be, so that there is no doubt. */
const DIFFERENCE_MIN = 0.05;

/** Where batches cross, two host threads are at work; where they do not, one. */
export function crossing([one, other]: readonly Way[]): Crossing {
  if (one === undefined || other === undefined) throw new Error("a hop needs two partitions");
  const second = (way: Way): number => way.threads[1] ?? 0;
  const [none, all] = second(one) < second(other) ? [one, other] : [other, one];
  if (second(all) - second(none) < DIFFERENCE_MIN) {
    throw new Error(
      "it cannot be told where batches cross: both partitions keep as many threads busy",
    );
  }
  return { none, all };
}

const GIBIBYTE = 2 ** 30;

const hop: ProcessRow = {
  kind: "process",
  alone: "gofka",
  name: "a hop between hosts: CPU per GiB, all batches crossing to none",
  unit: "x",
  better: "less",
  method:
    "franz-go over one connection, 50,000 records/s of 1 KiB, linger 1 ms, acks all; p50: one in flight",
  goals: [orLess(1.25), orLess(0.1, "p50 + ms")],
  measure: async (side, _directory, settings) => {
    const broker = await side.start({ port: 0, hosts: 2 });
    try {
      const topic = "hop";
      await createTopic(side, broker, topic, 2);
      const { seconds, clientCores } = settings;
      const rate = { rate: 50_000, recordBytes: 1_024, linger: "1ms", records: 2_000 };
      const times = { duration: `${2 * seconds}s`, warmup: "2s" };
      const options = { topic, partitions: 2, brokerPid: broker.pid, ...rate, ...times };
      const { ways } = await load<{ ways: readonly Way[] }>(
        "hop",
        broker.bootstrap,
        options,
        clientCores,
      );
      const { none, all } = crossing(ways);
      const cpu = (way: Way): number => way.cpuSeconds / (way.bytes / GIBIBYTE);
      const notes = { "s/GiB none": cpu(none), "s/GiB all": cpu(all), "p50 none ms": none.p50Ms };
      return {
        value: cpu(all) / cpu(none),
        notes: { "p50 + ms": all.p50Ms - none.p50Ms, ...notes, "p99 + ms": all.p99Ms - none.p99Ms },
      };
    } finally {
      await broker.stop();
    }
  },
};

export const hopRows: Rows = { hop };
