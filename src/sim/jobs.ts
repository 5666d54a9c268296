// The simulated Jobs port: the same pure functions, answered after a random time and in any order.
//
// Lives on: the simulator's thread.

import type { Outcome } from "../base/outcome.ts";
import type { Prng } from "../base/prng.ts";
import type { RunJob } from "../runtime/jobs.ts";
import type { Job, Jobs } from "../runtime/ports.ts";
import type { Life } from "./life.ts";

export class SimJobs implements Jobs {
  private readonly life: Life;
  private readonly prng: Prng;
  private readonly runJob: RunJob;

  constructor(life: Life, prng: Prng, runJob: RunJob) {
    this.life = life;
    this.prng = prng;
    this.runJob = runJob;
  }

  run(job: Job, done: (outcome: Outcome<Uint8Array>) => void): void {
    // The input as it is now: what happens to it afterwards is nobody's business here.
    const copied = { ...job, input: job.input.slice() };
    const delayMs = 0.05 + this.prng.float() * (this.prng.below(20) === 0 ? 100 : 2);
    this.life.after(delayMs, `job ${job.name}`, () => done(this.runJob(copied)));
  }
}
