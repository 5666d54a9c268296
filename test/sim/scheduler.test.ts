import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Life } from "../../src/sim/life.ts";
import { SimLog } from "../../src/sim/log.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";

/** The order in which events due at one moment happen. */
function orderOfTies(seed: number): string {
  const scheduler = new Scheduler(seed);
  let order = "";
  for (const name of "abcdefgh") scheduler.after(5, name, () => (order += name));
  scheduler.runFor(10);
  return order;
}

describe("scheduler", () => {
  it("lets events happen in the order of their deadlines, never early", () => {
    const scheduler = new Scheduler(1);
    const heard: string[] = [];
    for (const delayMs of [30, 10, 0, 20.0004]) {
      scheduler.after(delayMs, "event", () => {
        assert.ok(scheduler.nowMs() >= delayMs);
        heard.push(`${delayMs}`);
      });
    }
    scheduler.runFor(100);
    assert.deepEqual(heard, ["0", "10", "20.0004", "30"]);
    assert.equal(scheduler.nowMs(), 100);
  });

  it("orders events of one moment by the seed", () => {
    const orders = new Set(Array.from({ length: 20 }, (_, seed) => orderOfTies(seed)));
    assert.ok(orders.size > 15, `${orders.size} different orders`);
    assert.equal(orderOfTies(7), orderOfTies(7));
  });

  it("forgets cancelled events", () => {
    const scheduler = new Scheduler(1);
    const event = scheduler.after(5, "never", () => assert.fail("it was cancelled"));
    scheduler.after(1, "cancel", () => scheduler.cancel(event));
    scheduler.runFor(10);
    assert.equal(scheduler.eventsHandled, 1);
  });

  it("runs until a condition holds, or the time is up", () => {
    const scheduler = new Scheduler(1);
    let count = 0;
    const tick = (): void => {
      count += 1;
      scheduler.after(10, "tick", tick);
    };
    scheduler.after(10, "tick", tick);
    assert.equal(
      scheduler.runUntil(() => count === 5, 1_000),
      true,
    );
    assert.equal(scheduler.nowMs(), 50);
    assert.equal(
      scheduler.runUntil(() => count === 500, 100),
      false,
    );
  });

  it("has one trace hash per history", () => {
    const run = (seed: number, extra: boolean): string => {
      const scheduler = new Scheduler(seed);
      const log = new SimLog(scheduler, "node");
      scheduler.after(1, "a", () => log.write("info", "one", {}));
      scheduler.after(2, "b", () => extra && log.write("info", "two", {}));
      scheduler.runFor(5);
      return scheduler.trace.hash();
    };
    assert.equal(run(1, false), run(1, false));
    assert.notEqual(run(1, false), run(1, true));
    assert.match(run(1, true), /^[0-9a-f]{16}$/);
  });

  it("keeps the last lines for the report", () => {
    const scheduler = new Scheduler(1);
    const log = new SimLog(scheduler, "node 0");
    for (let line = 0; line < 1_000; line++) {
      scheduler.after(line, "line", () => log.write("info", "event", { line }));
    }
    scheduler.runFor(2_000);
    const last = scheduler.trace.last(2);
    assert.equal(last.length, 2);
    assert.match(last[1]!, /999\.000 {2}node 0 info event {"line":999}/);
  });
});

describe("life", () => {
  it("takes all its events with it", () => {
    const scheduler = new Scheduler(1);
    const life = new Life(scheduler, "host");
    let endings = 0;
    life.onEnd(() => (endings += 1));
    life.after(10, "event", () => assert.fail("the life had ended"));
    scheduler.after(5, "kill", () => life.end());
    scheduler.runFor(20);
    life.end();
    assert.equal(endings, 1);
    assert.equal(life.alive, false);
  });
});
