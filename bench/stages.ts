// What each stage of a node costs: CPU time, copies, allocations and system calls per batch, told from a
// node that runs from its sources under load, once for each kind of measurement so that none disturbs
// another. Prints tables in Markdown and draws flame graphs.
//   node bench/stages.ts [--loads produce-1k,consume-1k] [--seconds 5] [--hosts 1] [--publish]
//     [--json FILE]      what it came to, for a later run's
//     [--before FILE]    which shows it beside its own
//
// Lives on: the developer's machine.

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Broker } from "./broker.ts";
import { startGofka } from "./gofka.ts";
import { load } from "./load.ts";
import { machine } from "./machine.ts";
import { performancePage, writeSection } from "./pages.ts";
import { flamePicture } from "./pictures/flames.ts";
import type { Batches } from "./stages/batches.ts";
import { batchesOfTopic } from "./stages/batches.ts";
import type { Copies } from "./stages/copies.ts";
import type { ByPlace, CpuProfile, HeapNode, Spent } from "./stages/profiles.ts";
import { byPlace, copiesByPlace, spentCpu, spentHeap } from "./stages/profiles.ts";
import type { StageCosts, StageTimes } from "./stages/stage-table.ts";
import { stageTable, stageTimes } from "./stages/stage-table.ts";
import { systemCallsByPlace } from "./stages/system-calls.ts";

const { values: given } = parseArgs({
  options: {
    loads: { type: "string" },
    seconds: { type: "string", default: "5" },
    hosts: { type: "string", default: "1" },
    policy: { type: "string", default: "group" },
    /** Puts the tables into docs/PERFORMANCE.md and flame graphs into docs/pictures. */
    publish: { type: "boolean", default: false },
    json: { type: "string" },
    before: { type: "string" },
  },
});
const seconds = Number(given.seconds);
const topic = "staged";
const before =
  given.before === undefined
    ? {}
    : (JSON.parse(readFileSync(given.before, "utf8")) as Readonly<Record<string, StageTimes>>);
const times: Record<string, StageTimes> = {};
const pictures = join(import.meta.dirname, "../docs/pictures");

type Load = {
  readonly title: string;
  /** Before anything is measured: makes the code hot. */
  readonly before: (broker: Broker) => Promise<unknown>;
  readonly during: (broker: Broker) => Promise<unknown>;
  readonly partitions: number;
  /** What was produced before is what is read: it is counted, not what comes on top. */
  readonly reads?: boolean;
};

function producing(recordBytes: number): Load {
  const run = (broker: Broker, duration: string): Promise<unknown> =>
    load("produce", broker.bootstrap, { topic, recordBytes, duration });
  return {
    title: `produce ${recordBytes} B: franz-go, linger 5 ms, acks all, 6 partitions`,
    partitions: 6,
    before: (broker) => run(broker, "2s"),
    during: (broker) => run(broker, `${seconds}s`),
  };
}

const RECORDS = 2_000;
const loads: Readonly<Record<string, Load>> = {
  "produce-100": producing(100),
  "produce-1k": producing(1_024),
  "consume-1k": {
    title: "consume 1,024 B from the start: franz-go, 6 partitions",
    partitions: 6,
    reads: true,
    before: async (broker) => {
      const records = seconds * 200_000;
      await load("produce", broker.bootstrap, { topic, recordBytes: 1_024, records });
      await load("consume", broker.bootstrap, { topic, records: records / 4 });
    },
    during: (broker) => load("consume", broker.bootstrap, { topic }),
  },
  "one-in-flight": {
    title: "one record of 100 B in flight, produced and consumed",
    partitions: 1,
    before: (broker) => load("end-to-end", broker.bootstrap, { topic, recordBytes: 100 }),
    during: (broker) =>
      load("end-to-end", broker.bootstrap, { topic, recordBytes: 100, records: RECORDS }),
  },
};

type Watched = { readonly results: readonly unknown[]; readonly of: Batches };

/** One node under one load with one probe; `watch` begins and ends what is outside of the node. */
async function under(
  what: Load,
  probe: string,
  watch?: (broker: Broker) => Promise<() => Promise<void>>,
): Promise<Watched> {
  const directory = mkdtempSync(join(tmpdir(), "gofka-stages-"));
  const module = join(import.meta.dirname, "stages/probe.ts");
  const broker = await startGofka({
    dataDirectory: join(directory, "data"),
    hosts: Number(given.hosts),
    nodeArguments: ["--import", module],
    environment: { GOFKA_PROBE: probe, GOFKA_PROBE_DIR: directory },
  });
  const toggle = (): boolean => process.kill(broker.pid, "SIGUSR2");
  try {
    const configs = `gofka.flush.policy=${given.policy}`;
    await load("create", broker.bootstrap, { topic, partitions: what.partitions, configs });
    await what.before(broker);
    const before = batchesOfTopic(broker.dataDirectory, topic);
    const unwatch = await watch?.(broker);
    toggle();
    await what.during(broker);
    toggle();
    await unwatch?.();
    const after = batchesOfTopic(broker.dataDirectory, topic);
    const results = probe === "none" ? [] : await written(directory, probe, Number(given.hosts));
    const { count, bytes } = after;
    const grown = { count: count - before.count, bytes: bytes - before.bytes };
    return { results, of: what.reads === true ? after : grown };
  } finally {
    await broker.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One file for each host thread, and one for the main thread. */
async function written(directory: string, probe: string, hosts: number): Promise<unknown[]> {
  for (let waits = 0; ; waits++) {
    const files = readdirSync(directory).filter((name) => /^\w+-\d+\.json$/.test(name));
    if (files.length > hosts) {
      return files.map(
        (name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as unknown,
      );
    }
    if (waits > 200) throw new Error(`the threads did not write what ${probe} saw`);
    await sleep(50);
  }
}

function summed(all: readonly ByPlace[]): ByPlace {
  const sums: ByPlace = new Map();
  for (const each of all) {
    for (const [place, amount] of each) sums.set(place, (sums.get(place) ?? 0) + amount);
  }
  return sums;
}

async function systemCalls(what: Load): Promise<StageCosts["systemCalls"]> {
  if (spawnSync("strace", ["-V"]).status !== 0) return undefined;
  const directory = mkdtempSync(join(tmpdir(), "gofka-strace-"));
  const file = join(directory, "trace");
  const words = ["-f", "-y", "-q", "-s", "0", "-o", file];
  const { of } = await under(what, "none", async ({ pid }) => {
    const tracer = spawn("strace", [...words, "-p", String(pid)], { stdio: "ignore" });
    while (!existsSync(file)) await sleep(20);
    return async () => {
      tracer.kill("SIGINT");
      await new Promise((resolve) => tracer.once("exit", resolve));
    };
  });
  const sums = systemCallsByPlace(readFileSync(file, "utf8"));
  rmSync(directory, { recursive: true });
  return { sums, of };
}

const busy = ({ frame, self, children }: Spent): number =>
  (frame.functionName === "(idle)" ? 0 : self) +
  children.reduce((sum, each) => sum + busy(each), 0);

async function stagesOf(name: string, what: Load): Promise<string> {
  const cpu = await under(what, "cpu");
  const trees = cpu.results.map((profile) => spentCpu(profile as CpuProfile));
  const allocations = await under(what, "allocations");
  const copies = await under(what, "copies");
  const costs: StageCosts = {
    cpu: { sums: summed(trees.map((tree) => byPlace(tree))), of: cpu.of },
    allocations: {
      sums: summed(
        allocations.results.map((all) => byPlace(spentHeap((all as { head: HeapNode }).head))),
      ),
      of: allocations.of,
    },
    copies: {
      sums: summed(copies.results.map((each) => copiesByPlace(each as Copies))),
      of: copies.of,
    },
    systemCalls: await systemCalls(what),
  };
  times[name] = stageTimes(costs);
  const { count, bytes } = cpu.of;
  const mean = `${count} batches of ${(bytes / count / 1_024).toFixed(1)} KiB`;
  const how = `${mean}; hosts: ${given.hosts}, flush policy ${given.policy}`;
  const text = `### ${what.title}\n\n${how}.\n\n${stageTable(costs, before[name])}`;
  console.log(`${text}\n`);
  if (!given.publish) return text;
  mkdirSync(pictures, { recursive: true });
  const busiest = trees.toSorted((a, b) => busy(b) - busy(a))[0]!;
  writeFileSync(join(pictures, `flames-${name}.svg`), flamePicture(busiest, what.title));
  return `${text}\n\n![flame graph](pictures/flames-${name}.svg)`;
}

const texts: string[] = [];
for (const name of given.loads?.split(",") ?? Object.keys(loads)) {
  const what = loads[name];
  if (what === undefined) throw new Error(`no load ${name}: ${Object.keys(loads).join(", ")}`);
  texts.push(await stagesOf(name, what));
}
if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(times, null, 2)}\n`);
if (given.publish) {
  const { processor, cores, node, kernel } = machine();
  const day = new Date().toISOString().slice(0, 10);
  const where = `${day}, ${cores} cores (${processor}), Linux ${kernel}, Node ${node}.`;
  writeSection(performancePage, "stages", [where, ...texts].join("\n\n"));
}
