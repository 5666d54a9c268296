// A process that stands still hears everything later, in order, and nothing that it had called off.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import { SimClock, SimWall } from "../../src/sim/clock.ts";
import { Freezer } from "../../src/sim/freezer.ts";
import { Life } from "../../src/sim/life.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";

function frozenClock() {
  const scheduler = new Scheduler(1);
  const freezer = new Freezer();
  const life = new Life(scheduler, "client");
  const clock = freezer.clock(new SimClock(life, new SimWall(0), new Prng(1, "test"), 0));
  return { scheduler, freezer, clock };
}

describe("a frozen process", () => {
  it("hears of its timers when it thaws, in order", () => {
    const { scheduler, freezer, clock } = frozenClock();
    const heard: string[] = [];
    clock.startTimer(20, () => heard.push("second"));
    clock.startTimer(10, () => heard.push("first"));
    freezer.freeze();
    scheduler.runFor(100);
    assert.deepEqual(heard, []);
    freezer.thaw();
    assert.deepEqual(heard, ["first", "second"]);
  });

  it("does not hear of a timer that another stops as it thaws", () => {
    const { scheduler, freezer, clock } = frozenClock();
    const heard: string[] = [];
    const second = clock.startTimer(20, () => heard.push("second"));
    clock.startTimer(10, () => {
      heard.push("first");
      clock.stopTimer(second);
    });
    freezer.freeze();
    scheduler.runFor(100);
    freezer.thaw();
    assert.deepEqual(heard, ["first"]);
  });

  it("may stand still again before it has heard everything", () => {
    const { scheduler, freezer, clock } = frozenClock();
    const heard: string[] = [];
    clock.startTimer(10, () => {
      heard.push("first");
      freezer.freeze();
    });
    clock.startTimer(20, () => heard.push("second"));
    freezer.freeze();
    scheduler.runFor(100);
    freezer.thaw();
    assert.deepEqual(heard, ["first"]);
    freezer.thaw();
    assert.deepEqual(heard, ["first", "second"]);
  });
});
