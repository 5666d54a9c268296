// The threads that hosts will run in: a Piscina pool with exactly as many as there are hosts. A thread
// takes longest of all that a start needs, so a pool may be begun before anything else is known.
//
// Lives on: main thread.

import { Piscina } from "piscina";
import { siblingUrl } from "./sibling-url.ts";

export type HostPool = {
  readonly threadCount: number;
  readonly pool: Piscina;
  /** Ends its threads, whatever they do. */
  end(): Promise<void>;
};

/**
 * Next to nothing that a turn makes outlives it. Under a full produce and consume load, twice as much
 * room for it cost 60 MiB and brought no throughput; half as much cost a tenth of it.
 */
const YOUNG_GENERATION_MIB = 24;

export function beginHostPool(threadCount: number): HostPool {
  const pool = new Piscina({
    filename: siblingUrl(import.meta.url, "worker-entry"),
    minThreads: threadCount,
    maxThreads: threadCount,
    concurrentTasksPerWorker: 1,
    atomics: "disabled",
    recordTiming: false,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  });
  // Heard when a thread dies that runs no host: another one is started at once.
  pool.on("error", () => {});
  return { threadCount, pool, end: () => pool.close({ force: true }) };
}
