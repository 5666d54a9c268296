// The jobs of the contract suites. Pure functions, as every job is.

import { failure, FaultRaised, success } from "../../src/base/outcome.ts";
import type { Outcome } from "../../src/base/outcome.ts";
import type { Job } from "../../src/runtime/ports.ts";

export function runJob({ name, input, options }: Job): Outcome<Uint8Array> {
  switch (name) {
    case "reverse":
      return success(input.toReversed());
    case "window":
      // A view of a larger buffer: only its own bytes may arrive.
      return success(input.subarray(Number(options["from"]), Number(options["to"])));
    case "refuse":
      throw new FaultRaised(failure("corrupt", "as asked"));
    default:
      return failure("refused", `no job ${name}`);
  }
}
