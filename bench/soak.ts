// A long run at half of what a node can take: whether memory, descriptors or latency grow with time.
//   node bench/soak.ts [--minutes 60] [--share 0.5] [--record-bytes 1024] [--json FILE]
//
// First the most that goes is measured, then a steady share of it is sent, in turns of half a minute with
// a fresh client each; every tenth turn reads all that retention has left. Prints a line for each turn and
// draws docs/pictures/soak.svg.
//
// Lives on: the developer's machine.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Broker } from "./broker.ts";
import { startGofka } from "./gofka.ts";
import { load } from "./load.ts";
import type { Turn } from "./pictures/soak.ts";
import { soakPicture } from "./pictures/soak.ts";
import { spread } from "./figures.ts";

const { values: given } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    share: { type: "string", default: "0.5" },
    "record-bytes": { type: "string", default: "1024" },
    json: { type: "string" },
  },
});
const recordBytes = Number(given["record-bytes"]);
const topic = "soak";
const TURN_SECONDS = 30;
/** Some hundred MiB a partition: each turn rolls segments and drops some. */
const configs = [
  "gofka.flush.policy=os",
  "segment.bytes=67108864",
  "retention.bytes=268435456",
  "file.delete.delay.ms=1000",
].join();

function handles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function mostThatGoes({ bootstrap }: Broker): Promise<number> {
  const rates: number[] = [];
  for (let i = 0; i < 5; i++) {
    const options = { topic, recordBytes, duration: "5s", warmup: "2s" };
    rates.push((await load("produce", bootstrap, options)).recordsPerSecond);
  }
  return spread(rates).median;
}

async function turn(broker: Broker, rate: number, startedMs: number): Promise<Turn> {
  const before = broker.usage();
  const duration = `${TURN_SECONDS - 2}s`;
  const options = { topic, recordBytes, rate, duration, warmup: "2s", linger: "1ms" };
  const { p50Ms, p99Ms, p999Ms, failed } = await load("rate", broker.bootstrap, options);
  if (failed > 0) throw new Error(`${failed} records failed`);
  const after = broker.usage();
  return {
    minute: (performance.now() - startedMs) / 60_000,
    residentMiB: after.residentMiB,
    handles: handles(broker.pid),
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    ...{ p50Ms, p99Ms, p999Ms },
  };
}

const scratch = mkdtempSync(join(tmpdir(), "gofka-soak-"));
const broker = await startGofka({
  compiled: true,
  dataDirectory: scratch,
  settings: { "log.retention.check.interval.ms": "2000" },
});
const turns: Turn[] = [];
try {
  await load("create", broker.bootstrap, { topic, partitions: 6, configs });
  const most = await mostThatGoes(broker);
  const rate = Math.round(most * Number(given.share));
  console.log(`at most ${Math.round(most)} records/s of ${recordBytes} B; ${rate} from now on`);
  const startedMs = performance.now();
  const endMs = startedMs + Number(given.minutes) * 60_000;
  while (performance.now() < endMs) {
    const each = await turn(broker, rate, startedMs);
    turns.push(each);
    const { minute, residentMiB, cpuSeconds, p50Ms, p99Ms, p999Ms } = each;
    console.log(
      `${minute.toFixed(1)} min: RSS ${residentMiB.toFixed(0)} MiB, ${each.handles} handles, CPU ${cpuSeconds.toFixed(1)} s, ` +
        `p50 ${p50Ms.toFixed(2)}, p99 ${p99Ms.toFixed(2)}, p99.9 ${p999Ms.toFixed(2)} ms`,
    );
    if (turns.length % 10 === 0) {
      const { records } = await load("consume", broker.bootstrap, { topic });
      console.log(`    ${records} records are left to be read`);
    }
  }
  const record = { at: new Date().toISOString(), recordBytes, most, rate, turns };
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(record, null, 2)}\n`);
  const directory = join(import.meta.dirname, "../docs/pictures");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "soak.svg"), soakPicture(record));
} finally {
  await broker.stop();
  rmSync(scratch, { recursive: true, force: true });
}
