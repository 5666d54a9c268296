// Drives a routine over a Disk, with no host around it: for tests of what works on the Disk port.
// Jobs are done on the spot, sleeps are over at once, way given is given; effects of any other kind are refused.
//
// Lives on: tests.

import assert from "node:assert/strict";
import type { Outcome } from "../../src/base/outcome.ts";
import { FaultRaised, need, success } from "../../src/base/outcome.ts";
import { recordBatchJobs } from "../../src/protocol/record-batch/jobs.ts";
import { jobRunner } from "../../src/runtime/jobs.ts";
import type { Disk } from "../../src/runtime/ports.ts";
import type { Effect, Routine } from "../../src/runtime/routine.ts";

const runJob = jobRunner(recordBatchJobs);

export type Driver = {
  /** The outcome; undefined when the disk stopped answering. */
  try<T>(routine: Routine<T>): Outcome<T> | undefined;
  /** The value; fails the test otherwise. */
  run<T>(routine: Routine<T>): T;
};

/** `pump` lets the disk go on by one step; false when there is nothing left to wait for. */
export function driverOver(disk: Disk, pump: () => boolean = () => false): Driver {
  const answer = (effect: Effect): { outcome: unknown } | undefined => {
    if (effect.effect === "all") {
      const answers = effect.effects.map(answer);
      if (answers.includes(undefined)) return undefined;
      return { outcome: success(answers.map((each) => each!.outcome)) };
    }
    if (effect.effect === "job") return { outcome: runJob(effect.job) };
    if (effect.effect === "recycle" || effect.effect === "retain") {
      disk[effect.effect]?.(effect.buffer);
      return { outcome: success(null) };
    }
    if (effect.effect === "sleep" || effect.effect === "giveWay") return { outcome: success(null) };
    assert.equal(effect.effect, "disk", "a routine of storage asks the disk only");
    if (effect.effect !== "disk") return undefined;
    let late: Outcome<unknown> | undefined;
    const atOnce = disk.submit(effect.request, (outcome) => (late = outcome));
    if (atOnce !== undefined) return { outcome: atOnce };
    while (late === undefined && pump());
    return late === undefined ? undefined : { outcome: late };
  };
  const driver: Driver = {
    try<T>(routine: Routine<T>): Outcome<T> | undefined {
      try {
        let step = routine.next();
        while (step.done !== true) {
          const answered = answer(step.value);
          if (answered === undefined) return undefined;
          step = routine.next(answered.outcome);
        }
        return success(step.value);
      } catch (error) {
        if (error instanceof FaultRaised) return error.fault;
        throw error;
      }
    },
    run<T>(routine: Routine<T>): T {
      const outcome = driver.try(routine);
      assert.ok(outcome !== undefined, "the disk stopped answering");
      return need(outcome);
    },
  };
  return driver;
}
