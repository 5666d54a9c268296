// Runs the contract of Threads and Links against the calling thread and the simulator.

import { Prng } from "../../src/base/prng.ts";
import { noJobs } from "../../src/runtime/threads/jobs.ts";
import { createInlineThreads } from "../../src/runtime/threads/inline.ts";
import { createLog } from "../../src/runtime/threads/log.ts";
import { SimClock, SimWall } from "../../src/sim/clock.ts";
import { Life } from "../../src/sim/life.ts";
import { SimLog } from "../../src/sim/log.ts";
import { SimRandom } from "../../src/sim/random.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { SimThreads } from "../../src/sim/threads.ts";
import { realProgress, simProgress } from "./support.ts";
import { threadsContract } from "./threads.contract.ts";
import type { ThreadsUnderTest } from "./threads.contract.ts";
import { createHost } from "./threads-host.ts";

threadsContract(
  "inline",
  async (hostCount) => ({
    threads: createInlineThreads({
      createHost,
      hostCount,
      log: await createLog({ level: "silent" }),
      jobs: noJobs,
    }),
    progress: realProgress,
  }),
  { kills: 100 },
);

function simulated(seed: number, hostCount: number): ThreadsUnderTest {
  const scheduler = new Scheduler(seed);
  const main = new Life(scheduler, "main");
  const wall = new SimWall(0);
  const prng = new Prng(seed, "threads");
  const threads = new SimThreads(main, prng, {
    hostCount,
    createHost: ({ life, links }, settings, events) => {
      const ports = {
        clock: new SimClock(life, wall, prng.stream(life.name), 1),
        random: new SimRandom(prng.stream(life.name)),
        links,
        jobs: noJobs,
        log: new SimLog(scheduler, life.name),
      };
      return createHost(ports, settings, events);
    },
  });
  return { threads, progress: simProgress(scheduler) };
}

for (const seed of [1, 2, 3, 4, 5]) {
  threadsContract(`simulated, seed ${seed}`, (hostCount) => simulated(seed, hostCount), {
    kills: 100,
  });
}
