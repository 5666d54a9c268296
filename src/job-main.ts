// What every thread of the job pool imports: the registry of pure functions that may run elsewhere.
//
// Lives on: job thread.

import { recordBatchJobs } from "./protocol/record-batch/jobs.ts";
import { jobRunner } from "./runtime/jobs.ts";

export const runJob = jobRunner(recordBatchJobs);
