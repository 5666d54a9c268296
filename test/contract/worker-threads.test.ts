// Runs the contract of Threads and Links against real worker threads, and what only they can do.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { beginHostPool } from "../../src/runtime/threads/host-pool.ts";
import { JobPool } from "../../src/runtime/threads/jobs.ts";
import { createThreads } from "../../src/runtime/threads/threads.ts";
import { realProgress } from "./support.ts";
import { threadsContract } from "./threads.contract.ts";

const hostModule = new URL("./threads-host.ts", import.meta.url);
const log = { level: "silent" } as const;

// Handles and memory of the process must not grow with every host that dies.
const marks: { fds: number; resources: number; rss: number }[] = [];
function mark(kill: number): void {
  if (kill % 25 !== 0) return;
  marks.push({
    fds: readdirSync("/proc/self/fd").length,
    resources: process.getActiveResourcesInfo().length,
    rss: process.memoryUsage().rss,
  });
}

threadsContract(
  "worker threads",
  (hostCount) => ({
    threads: createThreads({ hostModule, hostCount, log }),
    progress: realProgress,
  }),
  { kills: 100, flat: process.platform === "linux" ? mark : () => {} },
);

describe("worker threads that die", () => {
  it("leave no handles and no memory behind", { skip: process.platform !== "linux" }, () => {
    const [first, ...later] = marks;
    assert.ok(first !== undefined && later.length === 3);
    for (const { fds, resources, rss } of later) {
      assert.ok(fds <= first.fds + 4, `descriptors: ${first.fds}, later ${fds}`);
      assert.ok(resources <= first.resources + 4, `resources: ${JSON.stringify(marks)}`);
      assert.ok(rss < first.rss + 60 * 1024 * 1024, `memory: ${JSON.stringify(marks)}`);
    }
  });
});

describe("worker threads", () => {
  it("end as crashed when an adapter's callback throws", async () => {
    const threads = createThreads({ hostModule, hostCount: 1, log });
    const ends: string[] = [];
    let ready = false;
    const host = threads.start(
      0,
      {},
      {
        ready: () => (ready = true),
        ended: ({ kind, detail }) => ends.push(`${kind}: ${detail}`),
        stopNode: () => {},
      },
    );
    await realProgress.until(() => ready);
    host.request("throwLater", {}, () => {});
    await realProgress.until(() => ends.length > 0);
    assert.match(ends[0]!, /^crashed: Error: out of an adapter's callback/);
    await new Promise<void>((resolve) => threads.close(resolve));
  });

  for (const begun of [1, 2]) {
    it(`run one host where ${begun} were begun ahead, and end with it`, async () => {
      const ahead = beginHostPool(begun);
      const threads = createThreads({ hostModule, hostCount: 1, ahead, log });
      let ready = false;
      const events = { ready: () => (ready = true), ended: () => {}, stopNode: () => {} };
      const host = threads.start(0, {}, events);
      await realProgress.until(() => ready);
      // Those that are not as many as it takes are of no use to anybody.
      const kept = begun === 1 ? 1 : 0;
      await realProgress.until(() => ahead.pool.threads.length === kept);
      await new Promise<void>((resolve) => host.stop(0, resolve));
      await new Promise<void>((resolve) => threads.close(resolve));
      assert.equal(ahead.pool.threads.length, 0);
    });
  }

  it("reach the job pool", async () => {
    const jobModule = new URL("./jobs-module.ts", import.meta.url).href;
    const jobs = new JobPool({ jobModule, threadsMax: 1 });
    const threads = createThreads({ hostModule, hostCount: 1, log, jobs });
    let answer: unknown;
    const host = threads.start(
      0,
      {},
      {
        ready: () => {
          const job = { name: "reverse", input: new Uint8Array([1, 2, 3]), options: {} };
          host.request("job", job, (outcome) => (answer = outcome));
        },
        ended: () => {},
        stopNode: () => {},
      },
    );
    await realProgress.until(() => answer !== undefined);
    assert.deepEqual(answer, { ok: true, value: new Uint8Array([3, 2, 1]) });
    await new Promise<void>((resolve) => host.stop(0, resolve));
    await new Promise<void>((resolve) => threads.close(resolve));
    await new Promise<void>((resolve) => jobs.close(resolve));
  });
});
