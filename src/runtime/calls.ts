// Calls that actors of this host have made and that are not answered yet. Whatever happens, each is
// settled exactly once: by its answer, its deadline, or the end of whoever was asked.
//
// Lives on: host thread.

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import type { Deadline, Deadlines } from "./timers.ts";

/** Somebody who is told, once, what came of something. */
export interface Waiter {
  settle(outcome: Outcome<unknown>): void;
}

type PendingCall = {
  /** Undefined when it has been told. */
  waiter: Waiter | undefined;
  readonly askedHost: number;
  deadline: Deadline | undefined;
};

export class PendingCalls {
  private readonly deadlines: Deadlines;
  private readonly calls = new Map<number, PendingCall>();
  private nextId: number;

  /** `firstId` differs between incarnations of a host, so a late answer to an old one is ignored. */
  constructor(deadlines: Deadlines, firstId: number) {
    this.deadlines = deadlines;
    this.nextId = firstId;
  }

  get size(): number {
    return this.calls.size;
  }

  open(waiter: Waiter, askedHost: number, timeoutMs: number): number {
    const id = this.nextId++;
    const call: PendingCall = { waiter, askedHost, deadline: undefined };
    this.calls.set(id, call);
    if (timeoutMs !== Infinity) {
      call.deadline = this.deadlines.start(timeoutMs, () =>
        this.settle(id, failure("timeout", `no answer within ${timeoutMs} ms`)),
      );
    }
    return id;
  }

  /** Ignored when the call was settled before, or by an earlier incarnation. */
  settle(id: number, outcome: Outcome<unknown>): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    this.calls.delete(id);
    if (call.deadline !== undefined) this.deadlines.stop(call.deadline);
    const { waiter } = call;
    // A map's outgrown table points to the next one: grown old, it would keep all that its calls held.
    call.waiter = undefined;
    waiter?.settle(outcome);
  }

  hostDown(hostIndex: number): void {
    for (const [id, call] of [...this.calls]) {
      if (call.askedHost !== hostIndex) continue;
      this.settle(id, failure("stopped", `host ${hostIndex} ended before it answered`));
    }
  }

  close(): void {
    this.calls.clear();
  }
}
