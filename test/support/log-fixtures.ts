// Logs and batches for tests of storage: small ones, made quickly.
//
// Lives on: tests.

import { Prng } from "../../src/base/prng.ts";
import type { BatchOptions } from "../../src/protocol/record-batch.ts";
import { buildBatch } from "../../src/protocol/record-batch.ts";
import type { Disk, DiskRequest } from "../../src/runtime/ports.ts";
import { disk } from "../../src/runtime/routine.ts";
import { calmDisk, SimDisk } from "../../src/sim/disk.ts";
import type { LogOptions, LogSettings } from "../../src/storage/log.ts";
import { batchInfoAt } from "../../src/storage/log.ts";
import type { Batch } from "../../src/storage/log.ts";
import type { Driver } from "./run-routine.ts";
import { driverOver } from "./run-routine.ts";

export const START_MS = 1_700_000_000_000;

export const settings: LogSettings = {
  segmentBytes: 1_000_000,
  segmentMs: 7 * 24 * 3_600_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionMs: -1,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  cleanupPolicy: ["delete"],
  producerIdExpirationMs: 86_400_000,
};

export const directory = "/data/topic-0";

export function optionsOf(changes: Partial<LogSettings> = {}): LogOptions {
  const topicId = "FFFFFFFFFFFFFFFFFFFFFA";
  return { directory, topicId, settings: { ...settings, ...changes }, nowMs: START_MS };
}

export type BatchDraft = BatchOptions & {
  readonly records?: number;
  readonly valueBytes?: number;
  readonly timestampMs?: number;
  /** Between one record and the next. */
  readonly stepMs?: number;
  readonly fill?: number;
};

export function batchOf(baseOffset: number, draft: BatchDraft = {}): Batch {
  const { records = 1, valueBytes = 20, timestampMs = START_MS + baseOffset, stepMs = 0 } = draft;
  const drafts = Array.from({ length: records }, (_, index) => ({
    value: new Uint8Array(valueBytes).fill(draft.fill ?? 1 + ((baseOffset + index) % 250)),
    timestampMs: timestampMs + index * stepMs,
  }));
  const bytes = buildBatch(drafts, { leaderEpoch: 0, ...draft, baseOffset });
  return { bytes, info: batchInfoAt(bytes) };
}

/** A simulated disk with a data directory, whose operations happen at once, in order, whenever a routine is driven. */
export type Bench = {
  readonly sim: SimDisk;
  /** A process that begins: what it drives is over after the next kill or power cut. */
  start(): Driver & {
    readonly disk: Disk;
    readonly requests: DiskRequest[];
    /** Sizes of the buffers that were given back. */
    readonly recycled: number[];
  };
};

export function benchOf(seed: number): Bench {
  const sim = new SimDisk(new Prng(seed, "disk"), { ...calmDisk, stallsPerMille: 0 });
  const bench: Bench = {
    sim,
    start() {
      const waiting: (() => void)[] = [];
      const port = sim.port((_, run) => waiting.push(run));
      const requests: DiskRequest[] = [];
      const recycled: number[] = [];
      const noted: Disk = {
        submit(request, done) {
          requests.push(request);
          return port.submit(request, done);
        },
        recycle: ({ byteLength }) => recycled.push(byteLength),
      };
      const pump = (): boolean => {
        const run = waiting.shift();
        run?.();
        return run !== undefined;
      };
      return { ...driverOver(noted, pump), disk: noted, requests, recycled };
    },
  };
  const { run } = bench.start();
  run(disk("makeDirectory", { path: "/data" }));
  run(disk("syncDirectory", { path: "/" }));
  return bench;
}
