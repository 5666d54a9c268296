import assert from "node:assert/strict";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { allowGivingMemoryBack } from "../../../src/runtime/threads/memory-after-start.ts";
import type { How, Seen } from "./memory-after-start-thread.ts";

async function seenIn(t: TestContext, how: How): Promise<Seen> {
  const url = new URL("memory-after-start-thread.ts", import.meta.url);
  const worker = new Worker(url, { workerData: how });
  t.after(() => worker.terminate());
  const [seen] = (await once(worker, "message")) as [Seen];
  return seen;
}

describe("memory after the start", () => {
  it("is left alone in a process that has not allowed it", async (t) => {
    const seen = await seenIn(t, { waitMs: 2_000 });
    assert.ok(seen.after > seen.before / 2, JSON.stringify(seen));
  });

  it("goes back to the system once there is nothing to do", async (t) => {
    allowGivingMemoryBack();
    const seen = await seenIn(t, { waitMs: 20_000 });
    assert.ok(seen.after <= seen.before / 2, JSON.stringify(seen));
  });

  it("is left alone where there is work from the start", async (t) => {
    allowGivingMemoryBack();
    const seen = await seenIn(t, { waitMs: 2_000, busy: true });
    assert.ok(seen.after > seen.before / 2, JSON.stringify(seen));
  });
});
