// The contract of Jobs, against the pool of threads and the simulator.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type { Job, Jobs } from "../../src/runtime/ports.ts";
import { JobPool } from "../../src/runtime/threads/jobs.ts";
import { SimJobs } from "../../src/sim/jobs.ts";
import { Life } from "../../src/sim/life.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { runJob } from "./jobs-module.ts";
import { realProgress, simProgress } from "./support.ts";
import type { Progress } from "./support.ts";

type JobsUnderTest = {
  readonly jobs: Jobs;
  readonly progress: Progress;
  close(): Promise<void>;
};

async function runOne({ jobs, progress }: JobsUnderTest, job: Job): Promise<Outcome<Uint8Array>> {
  let answer: Outcome<Uint8Array> | undefined;
  jobs.run(job, (outcome) => {
    assert.equal(answer, undefined, "answered twice");
    answer = outcome;
  });
  assert.equal(answer, undefined, "answered before run() returned");
  await progress.until(() => answer !== undefined);
  return answer!;
}

function jobsContract(name: string, make: () => JobsUnderTest): void {
  const test = (title: string, body: (under: JobsUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const under = make();
      try {
        await body(under);
      } finally {
        await under.close();
      }
    });
  };

  describe(`Jobs: ${name}`, () => {
    test("answers with the function's result and leaves the input alone", async (under) => {
      const whole = new Uint8Array([0, 1, 2, 3, 4, 5]);
      const job = { name: "reverse", input: whole.subarray(1, 4), options: {} };
      const answered = runOne(under, job);
      whole.fill(9);
      assert.deepEqual(await answered, { ok: true, value: new Uint8Array([3, 2, 1]) });
      assert.equal(whole.byteLength, 6);
    });

    test("gives the bytes of a view, not of all that lies behind it", async (under) => {
      const input = new Uint8Array(100_000).fill(7);
      const job = { name: "window", input, options: { from: 10, to: 12 } };
      const outcome = await runOne(under, job);
      assert.ok(outcome.ok);
      assert.deepEqual([...outcome.value], [7, 7]);
    });

    test("answers faults as faults", async (under) => {
      const input = new Uint8Array(1);
      const refused = await runOne(under, { name: "refuse", input, options: {} });
      assert.deepEqual(refused, { ok: false, fault: "corrupt", detail: "as asked" });
      const unknown = await runOne(under, { name: "nonsense", input, options: {} });
      assert.equal(unknown.ok === false && unknown.fault, "refused");
    });

    test("answers many jobs, each once", async (under) => {
      const answers: number[] = [];
      for (let number = 0; number < 50; number++) {
        const job = { name: "reverse", input: new Uint8Array([number]), options: {} };
        under.jobs.run(job, (outcome) => {
          assert.ok(outcome.ok);
          answers.push(outcome.value[0]!);
        });
      }
      await under.progress.until(() => answers.length === 50);
      assert.deepEqual(
        answers.toSorted((a, b) => a - b),
        Array.from({ length: 50 }, (_, number) => number),
      );
    });
  });
}

jobsContract("pool of threads", () => {
  const jobModule = new URL("./jobs-module.ts", import.meta.url).href;
  const jobs = new JobPool({ jobModule, threadsMax: 2 });
  return { jobs, progress: realProgress, close: () => new Promise((done) => jobs.close(done)) };
});

jobsContract("simulated", () => {
  const scheduler = new Scheduler(1);
  const jobs = new SimJobs(new Life(scheduler, "node"), scheduler.stream("jobs"), runJob);
  return { jobs, progress: simProgress(scheduler), close: () => Promise.resolve() };
});
