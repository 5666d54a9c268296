// How fast a log is compacted, and what that does to a producer on the same host thread: a keyed log is
// filled, then due from one moment on, while another topic is written to at a steady rate. Not a row of
// the benchmark: it waits for the brokers' own cleaners.
//
//   node bench/compaction.ts [--against gofka|kafka] [--records N] [--keys N]
//
// Lives on: the developer's machine.

import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "../src/client/promises.ts";
import { tcpSockets } from "../src/net/sockets.ts";
import { realClock } from "../src/runtime/threads/clock.ts";
import type { Broker } from "./broker.ts";
import { startGofka } from "./gofka.ts";
import type { LoadResult } from "./load.ts";
import { buildLoad, load } from "./load.ts";
import { startKafka } from "./peer/kafka.ts";

const { values: given } = parseArgs({
  options: {
    against: { type: "string", default: "gofka" },
    records: { type: "string", default: "2000000" },
    keys: { type: "string", default: "400000" },
  },
});
const MIB = 1024 * 1024;
const SECONDS = 8;
const settings = { "log.cleaner.backoff.ms": "100" };

function start(): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), "compaction-"));
  if (given.against === "kafka") return startKafka({ directory, settings });
  return startGofka({
    dataDirectory: directory,
    hosts: 1,
    settings,
    compiled: existsSync(join(import.meta.dirname, "../dist/main.js")),
  });
}

const beside = (broker: Broker): Promise<LoadResult> =>
  load("rate", broker.bootstrap, {
    topic: "beside",
    rate: 5_000,
    recordBytes: 100,
    duration: `${SECONDS}s`,
    warmup: "2s",
    linger: "1ms",
  });

function cleanedTo(broker: Broker): number {
  const file = join(broker.dataDirectory, "cleaner-offset-checkpoint");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return Number(/^keyed 0 (\d+)$/m.exec(text)?.[1] ?? 0);
}

function logBytes(broker: Broker): number {
  const directory = join(broker.dataDirectory, "keyed-0");
  const logs = readdirSync(directory).filter((name) => name.endsWith(".log"));
  return logs.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

async function compacted(broker: Broker): Promise<number> {
  const [host = "", port = ""] = broker.bootstrap.split(":");
  const bootstrap = [{ host, port: Number(port) }];
  const client = new Client({ sockets: tcpSockets, clock: realClock }, { bootstrap });
  const startedMs = performance.now();
  await client.setTopicConfigs("keyed", { "min.cleanable.dirty.ratio": "0.01" });
  while (cleanedTo(broker) === 0) await sleep(20);
  client.close();
  return (performance.now() - startedMs) / 1_000;
}

buildLoad();
const broker = await start();
try {
  const configs = "cleanup.policy=compact,min.cleanable.dirty.ratio=1,segment.bytes=67108864";
  await load("create", broker.bootstrap, { topic: "keyed", partitions: 1, configs });
  await load("create", broker.bootstrap, { topic: "beside", partitions: 1 });
  const fill = { topic: "keyed", records: Number(given.records), keys: Number(given.keys) };
  await load("produce", broker.bootstrap, { ...fill, recordBytes: 200, duration: "300s" });
  const before = logBytes(broker);
  const alone = await beside(broker);
  const [seconds, together] = await Promise.all([compacted(broker), beside(broker)]);
  const { residentMiB, residentPeakMiB } = broker.usage();
  console.log(
    JSON.stringify({
      broker: broker.name,
      logMiB: Math.round(before / MIB),
      leftMiB: Math.round(logBytes(broker) / MIB),
      seconds: Number(seconds.toFixed(2)),
      mibPerSecond: Math.round(before / MIB / seconds),
      p99MsAlone: alone.p99Ms,
      p99MsTogether: together.p99Ms,
      p999MsAlone: alone.p999Ms,
      p999MsTogether: together.p999Ms,
      residentMiB: Math.round(residentMiB),
      residentPeakMiB: Math.round(residentPeakMiB),
    }),
  );
} finally {
  await broker.stop();
}
