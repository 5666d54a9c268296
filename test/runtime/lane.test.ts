import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Lane } from "../../src/runtime/lane.ts";
import type { Effect, Routine } from "../../src/runtime/routine.ts";

/** Runs a lane's routine by hand: `step` answers the effect it waits for. */
function laneByHand() {
  const routines: Routine<void>[] = [];
  const lane = new Lane({ run: (routine: Routine<never>) => void routines.push(routine) });
  const step = (): boolean => routines[0]!.next(undefined).done === true;
  return { lane, routines, step };
}

const pause: Effect = { effect: "sleep", delayMs: 1 };

test("jobs run one at a time in the order they entered", () => {
  const { lane, routines, step } = laneByHand();
  const log: string[] = [];
  for (const name of ["a", "b"]) {
    lane.enter(function* () {
      log.push(`${name} begins`);
      yield pause;
      log.push(`${name} ends`);
    });
  }
  assert.equal(routines.length, 1);
  assert.equal(lane.waiting, 2);
  step();
  assert.deepEqual(log, ["a begins"]);
  assert.equal(lane.waiting, 1);
  step();
  assert.deepEqual(log, ["a begins", "a ends", "b begins"]);
  assert.equal(step(), true);
  assert.equal(lane.isBusy, false);
});

test("a job may enter another; an idle lane starts anew", () => {
  const { lane, routines, step } = laneByHand();
  const log: string[] = [];
  lane.enter(function* () {
    lane.enter(function* () {
      log.push("inner");
    });
    log.push("outer");
  });
  assert.equal(step(), true);
  assert.deepEqual(log, ["outer", "inner"]);
  routines.shift();
  lane.enter(function* () {
    log.push("later");
  });
  assert.equal(step(), true);
  assert.deepEqual(log, ["outer", "inner", "later"]);
});
