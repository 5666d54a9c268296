// The real Jobs port: a small Piscina pool of its own, started when the first job comes and gone
// again when it has been idle. The pool lives beside the supervisor; a host thread reaches it through
// a port. A job's input is copied once on its way, its result moves.
//
// Lives on: main thread (JobPool), host thread (PortJobs).

import type { MessagePort } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { Job, Jobs } from "../ports.ts";
import type { JobResult, JobTask } from "./job-entry.ts";
import { siblingUrl } from "./sibling-url.ts";

/** Jobs that may wait for a thread before more are turned away. */
const WAITING_MAX = 1_000;
const IDLE_MS = 30_000;

export type JobPoolOptions = {
  /** URL of a module that exports `runJob` (host-module.ts). */
  readonly jobModule: string;
  readonly threadsMax: number;
};

export class JobPool implements Jobs {
  private readonly options: JobPoolOptions;
  private pool: Promise<Piscina> | undefined;
  private waiting = 0;

  constructor(options: JobPoolOptions) {
    this.options = options;
  }

  run(job: Job, done: (outcome: Outcome<Uint8Array>) => void): void {
    // A view may be a small part of a large buffer, and a port would copy all of that.
    this.runOwn({ ...job, input: job.input.slice() }, done);
  }

  /** The input is ours, and is all of its buffer. */
  private runOwn(job: OwnJob, done: (outcome: Outcome<Uint8Array>) => void): void {
    if (this.waiting >= WAITING_MAX) {
      setImmediate(() => done(failure("mailboxFull", `${WAITING_MAX} jobs wait already`)));
      return;
    }
    void this.runAndTell(job, done);
  }

  /** Jobs of a host thread come through this port. */
  serve(port: MessagePort): void {
    port.on("message", ({ id, job }: JobRequest) => {
      this.runOwn(job, (outcome) => {
        const moved = outcome.ok && outcome.value.buffer instanceof ArrayBuffer;
        const reply: JobReply = { id, outcome };
        port.postMessage(reply, moved ? [outcome.value.buffer] : []);
      });
    });
  }

  close(done: () => void): void {
    void this.stop(done);
  }

  private async stop(done: () => void): Promise<void> {
    const pool = await this.pool;
    this.pool = undefined;
    await pool?.close({ force: true });
    done();
  }

  private async runAndTell(
    job: OwnJob,
    done: (outcome: Outcome<Uint8Array>) => void,
  ): Promise<void> {
    this.waiting += 1;
    const outcome = await this.runInPool(job);
    this.waiting -= 1;
    done(outcome);
  }

  private async runInPool(job: OwnJob): Promise<Outcome<Uint8Array>> {
    const task: JobTask = { jobModule: this.options.jobModule, job };
    try {
      this.pool ??= this.start();
      const pool = await this.pool;
      const result = (await pool.run(task, { transferList: [job.input.buffer] })) as JobResult;
      return result instanceof Uint8Array ? success(result) : result;
    } catch (error) {
      return failure("stopped", `job ${job.name}: ${String(error)}`);
    }
  }

  private async start(): Promise<Piscina> {
    const { Piscina } = await import("piscina");
    const pool = new Piscina({
      filename: siblingUrl(import.meta.url, "job-entry"),
      minThreads: 0,
      maxThreads: this.options.threadsMax,
      idleTimeout: IDLE_MS,
      concurrentTasksPerWorker: 1,
      atomics: "disabled",
      recordTiming: false,
    });
    // A thread that dies idle is replaced when it is needed again.
    pool.on("error", () => {});
    return pool;
  }
}

type OwnJob = Job & { readonly input: Uint8Array<ArrayBuffer> };
type JobRequest = { readonly id: number; readonly job: OwnJob };
type JobReply = { readonly id: number; readonly outcome: Outcome<Uint8Array> };

/** The pool as a host thread sees it. */
export class PortJobs implements Jobs {
  private readonly port: MessagePort;
  private readonly waiting = new Map<number, (outcome: Outcome<Uint8Array>) => void>();
  private nextId = 1;

  constructor(port: MessagePort) {
    this.port = port;
    port.on("message", ({ id, outcome }: JobReply) => {
      const done = this.waiting.get(id);
      this.waiting.delete(id);
      done?.(outcome);
    });
  }

  run(job: Job, done: (outcome: Outcome<Uint8Array>) => void): void {
    const id = this.nextId++;
    this.waiting.set(id, done);
    const request: JobRequest = { id, job: { ...job, input: job.input.slice() } };
    this.port.postMessage(request, [request.job.input.buffer]);
  }
}

/** Where no job module was given. */
export const noJobs: Jobs = {
  run: (job, done) =>
    void setImmediate(() => done(failure("refused", `no job module, hence no job ${job.name}`))),
};
