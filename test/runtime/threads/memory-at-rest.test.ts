import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { Rest } from "../../../src/runtime/threads/memory-at-rest.ts";

/** Of looks at a thread that was so busy (ms): those at which it was time. */
function timesAmong(busy: readonly number[]): readonly number[] {
  const rest = new Rest();
  return busy.flatMap((ms, index) => (rest.look(ms) ? [index] : []));
}

const quiet = (looks: number): number[] => Array.from({ length: looks }, () => 0);

describe("a thread's rest", () => {
  it("begins when the start's work has ended, and is used once", () => {
    assert.deepEqual(timesAmong([300, 80, 0, ...quiet(500)]), [2]);
  });

  it("is no rest while a little is done", () => {
    assert.deepEqual(timesAmong([300, 10, 20, 10, 20]), []);
  });

  it("comes again after work, not more often than each half minute", () => {
    assert.deepEqual(timesAmong([300, 0, 200, ...quiet(100)]), [1, 61]);
    assert.deepEqual(timesAmong([300, 0, ...quiet(100), 200, 0]), [1, 103]);
  });
});

describe("memory at rest", () => {
  it("goes back to the system, and leaves no collector in sight", async () => {
    const worker = new Worker(new URL("memory-at-rest-thread.ts", import.meta.url));
    const [seen] = (await once(worker, "message")) as [Seen];
    await worker.terminate();
    assert.ok(seen.after <= seen.before / 2, JSON.stringify(seen));
    assert.equal(seen.gc, "undefined");
  });
});

type Seen = { readonly before: number; readonly after: number; readonly gc: string };
