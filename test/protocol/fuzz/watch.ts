// Runs the fuzzer in a thread and watches it from outside: what never comes back is a finding as well.

import { Worker } from "node:worker_threads";
import type { FuzzJob, FuzzReport, FuzzShared } from "./worker.ts";
import { inputNow, sharedInput } from "./worker.ts";

const LOOK_MS = 500;
/** Beyond the young generation it holds the vectors and two forms of 2,000 codecs. */
const memory = { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 768 };

/** The worker's report, or the finding that it could not tell any more. */
export function watched(job: Omit<FuzzJob, "shared">, hangMs: number): Promise<FuzzReport> {
  const shared = sharedInput();
  const { promise, resolve } = Promise.withResolvers<FuzzReport>();
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: { ...job, shared },
    resourceLimits: memory,
  });
  const end = (why: string): void => {
    resolve({ tallies: [], finding: { subject: "", ...inputNow(shared), why } });
    void worker.terminate();
  };
  const timer = watchProgress(shared, hangMs, () => end(`no answer for ${hangMs} ms`));
  worker.on("message", (report: FuzzReport) => resolve(report));
  worker.on("error", (error: Error) => end(error.stack ?? error.message));
  worker.on("exit", () => clearInterval(timer));
  return promise;
}

function watchProgress({ counts }: FuzzShared, hangMs: number, hangs: () => void): NodeJS.Timeout {
  let [seen, sinceMs] = [-1, performance.now()];
  return setInterval(() => {
    const now = Atomics.load(counts, 0);
    // The seeds are loaded before the first input.
    if (now !== seen || now === 0) [seen, sinceMs] = [now, performance.now()];
    else if (performance.now() - sinceMs > hangMs) hangs();
  }, LOOK_MS);
}
