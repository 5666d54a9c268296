// How jobs get their names: a table of pure functions becomes the one function that a job thread, or
// the simulator, runs. The table itself belongs to whoever composes the node.
//
// Lives on: anywhere.

import type { Outcome } from "../base/outcome.ts";
import { failure, FaultRaised, success } from "../base/outcome.ts";
import type { Job } from "./ports.ts";

/** A pure function of bytes. What it raises with `need` or `FaultRaised` becomes its outcome. */
export type JobFunction = (input: Uint8Array, options: Job["options"]) => Uint8Array;
export type RunJob = (job: Job) => Outcome<Uint8Array>;

export function jobRunner(functions: Readonly<Record<string, JobFunction>>): RunJob {
  return ({ name, input, options }) => {
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (run === undefined) return failure("refused", `there is no job ${name}`);
    try {
      return success(run(input, options));
    } catch (error) {
      if (error instanceof FaultRaised) return error.fault;
      throw error;
    }
  };
}
