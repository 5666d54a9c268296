// Loaded into every thread of a node that is profiled (`--import`), before its own code. A signal to the
// process starts the measurement in all threads, the next one ends it and has each thread write what it
// saw. What is measured is named by GOFKA_PROBE, where it goes by GOFKA_PROBE_DIR.
//
// Lives on: every thread of a node that bench/stages.ts started.

import { renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";
import { copiesSeen, watchCopies } from "./copies.ts";

const kind = process.env["GOFKA_PROBE"];
const directory = process.env["GOFKA_PROBE_DIR"] ?? ".";
/** Half of a small turn's time. */
const CPU_INTERVAL_US = 250;
const ALLOCATION_INTERVAL_BYTES = 4_096;

const session = new Session();
session.connect();

const probes: Readonly<
  Record<string, { start(): void; stop(done: (result: unknown) => void): void }>
> = {
  cpu: {
    start() {
      session.post("Profiler.enable");
      session.post("Profiler.setSamplingInterval", { interval: CPU_INTERVAL_US });
      session.post("Profiler.start");
    },
    stop: (done) => session.post("Profiler.stop", (error, result) => done(error ?? result.profile)),
  },
  allocations: {
    start() {
      session.post("HeapProfiler.startSampling", {
        samplingInterval: ALLOCATION_INTERVAL_BYTES,
        includeObjectsCollectedByMajorGC: true,
        includeObjectsCollectedByMinorGC: true,
      });
    },
    stop: (done) =>
      session.post("HeapProfiler.stopSampling", (error, result) => done(error ?? result.profile)),
  },
  copies: { start: watchCopies, stop: (done) => done(copiesSeen()) },
};

let running = false;

function toggle(): void {
  const probe = probes[kind ?? ""];
  if (probe === undefined) return;
  running = !running;
  if (running) return probe.start();
  probe.stop((result) => {
    const file = join(directory, `${kind}-${threadId}.json`);
    writeFileSync(`${file}.part`, JSON.stringify(result));
    renameSync(`${file}.part`, file);
  });
}

const channel = new BroadcastChannel("gofka-probe");
channel.onmessage = toggle;
// Node's types do not know that it can be let go.
(channel as unknown as { unref(): void }).unref();
if (isMainThread) {
  process.on("SIGUSR2", () => {
    channel.postMessage("toggle");
    toggle();
  });
}
