// What every thread of the job pool imports: the registry of pure functions that may run elsewhere.
//
// Lives on: job thread.

import { failure } from "./base/outcome.ts";
import { jobFunctions } from "./codec/jobs.ts";
import type { JobModule } from "./runtime/threads/host-module.ts";

export const runJob: JobModule["runJob"] = ({ name, input, options }) =>
  jobFunctions[name]?.(input, options) ?? failure("refused", `there is no job ${name}`);
