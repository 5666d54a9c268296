// What every Clock port must do, the real one and the simulated one alike.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock } from "../../src/runtime/ports.ts";
import type { Progress } from "./support.ts";

export type ClockUnderTest = { readonly clock: Clock; readonly progress: Progress };

export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(`Clock: ${name}`, () => {
    it("never goes back", async () => {
      const { clock, progress } = make();
      let last = clock.monotonicMs();
      for (let turn = 0; turn < 20; turn++) {
        await progress.pass(1);
        const now = clock.monotonicMs();
        assert.ok(now >= last);
        last = now;
      }
    });

    it("tells wall time in whole milliseconds", () => {
      const { clock } = make();
      assert.ok(Number.isSafeInteger(clock.wallMs()));
    });

    it("fires timers late at most, never early, and once", async () => {
      const { clock, progress } = make();
      const startedMs = clock.monotonicMs();
      const fired: number[] = [];
      const delays = Array.from({ length: 60 }, (_, index) => (index % 20) + index / 64);
      for (const delayMs of delays) {
        clock.startTimer(delayMs, () => {
          assert.ok(clock.monotonicMs() - startedMs >= delayMs, `${delayMs} ms came too early`);
          fired.push(delayMs);
        });
      }
      assert.equal(fired.length, 0, "fired before startTimer() returned");
      await progress.until(() => fired.length === delays.length);
      await progress.pass(30);
      assert.equal(fired.length, delays.length);
    });

    it("forgets stopped timers, fired or not", async () => {
      const { clock, progress } = make();
      const stopped = clock.startTimer(5, () => assert.fail("it was stopped"));
      let fired = false;
      const other = clock.startTimer(1, () => {
        fired = true;
        clock.stopTimer(stopped);
      });
      await progress.until(() => fired);
      clock.stopTimer(other);
      clock.stopTimer(stopped);
      await progress.pass(20);
    });

    it("waits for delays that a 32-bit timer cannot hold", async () => {
      const { clock, progress } = make();
      const timer = clock.startTimer(2 ** 33, () => assert.fail("far too early"));
      await progress.pass(10);
      clock.stopTimer(timer);
    });

    it("runs what is to run soon in the order given, after the caller", async () => {
      const { clock, progress } = make();
      const order: number[] = [];
      for (const turn of [1, 2, 3]) clock.soon(() => order.push(turn));
      assert.deepEqual(order, []);
      await progress.until(() => order.length === 3);
      assert.deepEqual(order, [1, 2, 3]);
    });
  });
}
