import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Deadlines } from "../../src/runtime/timers.ts";
import { FakeClock } from "../support/fake-ports.ts";

describe("deadlines", () => {
  it("expire late at most, never early, once, unless stopped", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 70_000 }), fc.boolean()), { maxLength: 60 }),
        (plans) => {
          const clock = new FakeClock();
          const deadlines = new Deadlines(clock);
          const startedAtMs = clock.nowMs;
          const expiredAtMs = plans.map(() => [] as number[]);
          const started = plans.map(([delayMs], index) =>
            deadlines.start(delayMs, () => expiredAtMs[index]?.push(clock.nowMs)),
          );
          plans.forEach(([, stopped], index) => {
            const deadline = started[index];
            if (stopped && deadline !== undefined) deadlines.stop(deadline);
          });
          clock.advance(80_000);
          plans.forEach(([delayMs, stopped], index) => {
            const heard = expiredAtMs[index] ?? [];
            if (stopped) return assert.deepEqual(heard, []);
            assert.equal(heard.length, 1);
            const lateMs = (heard[0] ?? 0) - startedAtMs - delayMs;
            assert.ok(lateMs >= 0 && lateMs <= 5_001, `${delayMs} ms was ${lateMs} ms late`);
          });
          assert.equal(deadlines.size, 0);
        },
      ),
    );
  });

  it("need one clock timer for any number of equal lengths", () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    for (let i = 0; i < 1_000; i++) deadlines.start(30_000, () => {});
    assert.equal(clock.timerCount, 1);
  });

  it("may start another from an expiry", () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const heard: number[] = [];
    deadlines.start(10, () => {
      heard.push(clock.nowMs);
      deadlines.start(10, () => heard.push(clock.nowMs));
    });
    clock.advance(100);
    assert.deepEqual(heard, [1_010, 1_020]);
  });
});
