// Many connections: what an idle one weighs, and what busy ones do to somebody else's latency.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../broker.ts";
import { orLess } from "../goals.ts";
import { holdConnections, load } from "../load.ts";
import type { ProcessRow, Rows, Settings } from "../row.ts";
import { createTopic, PARTITIONS } from "../row.ts";

const IDLE = 5_000;
const BUSY = 500;
/** Of all busy connections together: a Produce request of one record each. */
const BUSY_REQUESTS_PER_SECOND = 2_000;
/** What a broker is given to come to rest before its memory is looked at. */
const REST_MS = 2_000;
const TOPIC = "beside";

async function residentKiB(broker: Broker): Promise<number> {
  await sleep(REST_MS);
  return broker.usage().residentMiB * 1_024;
}

async function othersP99(broker: Broker, settings: Settings): Promise<number> {
  const options = { topic: TOPIC, recordBytes: 100, records: 2_000 };
  const { clientCores } = settings;
  return (await load("end-to-end", broker.bootstrap, options, clientCores)).p99Ms;
}

const OTHERS = "p99 of others, to that without them";

function connections(count: number, rate: number): ProcessRow {
  const idle = rate === 0;
  const kind = idle ? "idle" : "busy";
  const at = idle ? "" : `, ${BUSY_REQUESTS_PER_SECOND} produce requests/s over all of them`;
  return {
    kind: "process",
    name: `${count.toLocaleString("en")} ${kind} connections, memory of each`,
    unit: "KiB",
    better: "less",
    method: `raw sockets${at}; others: one record in flight, end to end, acks all`,
    goals: [...(idle ? [orLess(12)] : []), orLess(1.5, OTHERS)],
    measure: async (side, _directory, settings) => {
      const broker = await side.start({ port: 0 });
      await createTopic(side, broker, TOPIC, 1);
      await createTopic(side, broker, "busy", PARTITIONS);
      // The first ones make code hot and pools full; both are no connection's.
      await (await holdConnections(broker.bootstrap, { connections: 100 })).end();
      await othersP99(broker, settings);
      const withoutMs = await othersP99(broker, settings);
      const before = await residentKiB(broker);
      const busy = { topic: "busy", partitions: PARTITIONS, rate };
      const held = await holdConnections(broker.bootstrap, { connections: count, ...busy });
      const value = ((await residentKiB(broker)) - before) / count;
      const withMs = await othersP99(broker, settings);
      const { failed } = await held.end();
      await broker.stop();
      if (failed > 0) throw new Error(`${side.label}: ${failed} connections failed`);
      return { value, notes: { [OTHERS]: withMs / withoutMs, "p99 ms": withMs } };
    },
  };
}

export const connectionRows: Rows = {
  "connections-idle": connections(IDLE, 0),
  "connections-busy": connections(BUSY, BUSY_REQUESTS_PER_SECOND),
};
