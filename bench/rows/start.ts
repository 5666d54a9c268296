// The start of a node, and the memory of one: at rest, and under the full produce load.
//
// Lives on: the developer's machine.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../broker.ts";
import { launch } from "../broker.ts";
import { orLess } from "../goals.ts";
import { load } from "../load.ts";
import type { ProcessRow, Rows } from "../row.ts";
import { createTopic } from "../row.ts";

export const POLL_MS = 2;

/** What `start` takes as its directory. Kafka's is the parent of its log directory. */
export function baseOf(broker: Broker): string {
  return broker.name === "kafka" ? dirname(broker.dataDirectory) : broker.dataDirectory;
}

const root = join(import.meta.dirname, "../..");

/** By npx from a project that has the package installed, which is how many will start it. */
async function firstAnswerByNpx(dataDirectory: string): Promise<number> {
  const project = mkdtempSync(join(tmpdir(), "bench-npx-"));
  mkdirSync(join(project, "node_modules/.bin"), { recursive: true });
  symlinkSync(root, join(project, "node_modules/gofka"));
  symlinkSync(join(root, "dist/main.js"), join(project, "node_modules/.bin/gofka"));
  const words = ["--no", "--prefix", project, "gofka", "start", "--port", "0"];
  try {
    const broker = await launch({
      name: "npx gofka",
      command: "npx",
      arguments: [...words, "--data-dir", dataDirectory],
      dataDirectory,
      port: 0,
      pollMs: POLL_MS,
      isGroup: true,
    });
    await broker.stop();
    return broker.firstAnswerMs;
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

const start: ProcessRow = {
  kind: "process",
  name: "start to first answer",
  unit: "ms",
  better: "less",
  method: "the compiled package started by node itself, a directory that was used before",
  goals: [orLess(200)],
  prepare: async (side) => {
    const broker = await side.start({ port: 0 });
    await broker.stop();
    return baseOf(broker);
  },
  measure: async (side, directory) => {
    const broker = await side.start({ directory, pollMs: POLL_MS });
    const { residentMiB } = broker.usage();
    await broker.stop();
    const byNpx = broker.name === "gofka" ? { "by npx ms": await firstAnswerByNpx(directory) } : {};
    return { value: broker.firstAnswerMs, notes: { "RSS MiB": residentMiB, ...byNpx } };
  },
};

/** What a node is given to come to rest before its memory is looked at. */
const REST_MS = 2_000;
const IDLE = "idle MiB";

const memory: ProcessRow = {
  kind: "process",
  name: "memory of a node with one host, peak under the full produce load",
  unit: "MiB RSS",
  better: "less",
  method:
    "franz-go, 100 B and 1 KiB, linger 5 ms, acks all, 6 partitions; idle: two seconds after the start",
  goals: [orLess(160), orLess(90, IDLE)],
  measure: async (side, _directory, settings) => {
    const broker = await side.start({ port: 0, hosts: 1 });
    await sleep(REST_MS);
    const idle = broker.usage().residentMiB;
    for (const recordBytes of [100, 1_024]) {
      await createTopic(side, broker, "memory");
      const options = { topic: "memory", recordBytes, duration: `${2 * settings.seconds}s` };
      await load("produce", broker.bootstrap, options, settings.clientCores);
    }
    const { residentMiB, residentPeakMiB } = broker.usage();
    await broker.stop();
    return { value: residentPeakMiB, notes: { [IDLE]: idle, "after MiB": residentMiB } };
  },
};

export const startRows: Rows = { start, memory };
