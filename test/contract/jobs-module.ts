// The jobs of the contract suites. Pure functions, as every job is.

import { failure, FaultRaised } from "../../src/base/outcome.ts";
import { jobRunner } from "../../src/runtime/jobs.ts";

export const runJob = jobRunner({
  reverse: (input) => input.toReversed(),
  // A view of a larger buffer: only its own bytes may arrive.
  window: (input, { from, to }) => input.subarray(Number(from), Number(to)),
  refuse: () => {
    throw new FaultRaised(failure("corrupt", "as asked"));
  },
});
