// One job in a thread of the job pool.
//
// Lives on: job thread.

import { move } from "piscina";
import type { Fault } from "../../base/outcome.ts";
import type { Job } from "../ports.ts";
import type { JobModule } from "./host-module.ts";

export type JobTask = { readonly jobModule: string; readonly job: Job };

/** The job's bytes, or the fault that came instead. */
export type JobResult = Uint8Array | Fault;

export default async function runOneJob({ jobModule, job }: JobTask): Promise<unknown> {
  const module = (await import(jobModule)) as JobModule;
  const outcome = module.runJob(job);
  if (!outcome.ok) return outcome;
  // Whatever view the job answered with, only its own bytes travel, and they move.
  const { value } = outcome;
  const whole = value.byteLength === value.buffer.byteLength;
  return move(whole ? value : value.slice());
}
