// Runs the contract of Clock against Node's timers and the simulator.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { realClock } from "../../src/runtime/threads/clock.ts";
import { SimClock, SimWall } from "../../src/sim/clock.ts";
import { Life } from "../../src/sim/life.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { clockContract } from "./clock.contract.ts";
import { realProgress, simProgress } from "./support.ts";

clockContract("real", () => ({ clock: realClock, progress: realProgress }));

function simulated(seed: number) {
  const scheduler = new Scheduler(seed);
  const wall = new SimWall(1_700_000_000_000);
  const life = new Life(scheduler, "node");
  const clock = new SimClock(life, wall, scheduler.stream("clock"), 2);
  return { clock, progress: simProgress(scheduler), scheduler, wall, life };
}

for (const seed of [1, 2, 3]) clockContract(`simulated, seed ${seed}`, () => simulated(seed));

describe("simulated clock", () => {
  it("lets the wall clock jump and drift, and nothing else", () => {
    const { clock, scheduler, wall } = simulated(1);
    const monotonicMs = clock.monotonicMs();
    wall.jump(-3_600_000);
    assert.equal(clock.wallMs(), 1_699_996_400_000);
    assert.equal(clock.monotonicMs(), monotonicMs);
    wall.drift(scheduler.nowMs(), 2);
    scheduler.runFor(1_000);
    assert.equal(clock.wallMs(), 1_699_996_402_000);
    assert.equal(clock.monotonicMs(), monotonicMs + 1_000);
  });

  it("fires nothing of a life that has ended", () => {
    const { clock, scheduler, life } = simulated(1);
    clock.startTimer(1, () => assert.fail("the life had ended"));
    clock.soon(() => assert.fail("the life had ended"));
    life.end();
    scheduler.runFor(100);
  });
});
