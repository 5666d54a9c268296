import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import type { Seen } from "./memory-after-start-thread.ts";

async function seenIn(t: { after(end: () => unknown): void }, busy: boolean): Promise<Seen> {
  const url = new URL("memory-after-start-thread.ts", import.meta.url);
  const worker = new Worker(url, { workerData: { busy } });
  t.after(() => worker.terminate());
  const [seen] = (await once(worker, "message")) as [Seen];
  return seen;
}

describe("memory after the start", () => {
  it("goes back to the system once there is nothing to do, and leaves no collector in sight", async (t) => {
    const seen = await seenIn(t, false);
    assert.ok(seen.after <= seen.before / 2, JSON.stringify(seen));
    assert.equal(seen.gc, "undefined");
  });

  it("is left alone where there is work from the start", async (t) => {
    const seen = await seenIn(t, true);
    assert.ok(seen.after > seen.before / 2, JSON.stringify(seen));
  });
});
