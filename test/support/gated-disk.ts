// A disk between an actor and the disk below, whose operations a test may hold back, let go one by
// one, or make fail. Everything it was asked is noted in `requests`.
//
// Lives on: tests.

import type { FaultCode, Outcome } from "../../src/base/outcome.ts";
import { failure } from "../../src/base/outcome.ts";
import type { Disk, DiskOperation, DiskRequest } from "../../src/runtime/ports.ts";

type Done = (outcome: Outcome<unknown>) => void;
type Held = { readonly request: DiskRequest; readonly done: Done };
export type Matches = DiskOperation | ((request: DiskRequest) => boolean);
type Rule = { readonly matches: Matches; readonly fault: FaultCode; times: number };

export class GatedDisk implements Disk {
  /** Every operation asked for, in order, as `operation path`. */
  readonly requests: string[] = [];
  private readonly below: Disk;
  private readonly held: Held[] = [];
  private readonly gates: Matches[] = [];
  private readonly rules: Rule[] = [];

  constructor(below: Disk) {
    this.below = below;
  }

  /** From now on operations that match wait for `release`. */
  hold(matches: Matches): void {
    this.gates.push(matches);
  }

  /** The next `times` operations that match fail and do nothing. */
  failNext(matches: Matches, fault: FaultCode, times = 1): void {
    this.rules.push({ matches, fault, times });
  }

  heldBack(): string[] {
    return this.held.map(({ request }) => describe(request));
  }

  /** Lets the first held operations happen; all of them when no number is given. */
  release(count = this.held.length): void {
    for (const { request, done } of this.held.splice(0, count)) {
      const outcome = this.happen(request, done);
      if (outcome !== undefined) done(outcome);
    }
  }

  /** No longer holds anything back. */
  open(): void {
    this.gates.length = 0;
    this.release();
  }

  submit(request: DiskRequest, done: Done): Outcome<unknown> | undefined {
    this.requests.push(describe(request));
    if (!this.gates.some((gate) => matchesRequest(gate, request)))
      return this.happen(request, done);
    this.held.push({ request, done });
    return undefined;
  }

  private happen(request: DiskRequest, done: Done): Outcome<unknown> | undefined {
    for (const rule of this.rules) {
      if (rule.times === 0 || !matchesRequest(rule.matches, request)) continue;
      rule.times -= 1;
      return failure(rule.fault, `injected into ${describe(request)}`);
    }
    return this.below.submit(request, done);
  }
}

function matchesRequest(matches: Matches, request: DiskRequest): boolean {
  return typeof matches === "string" ? request.operation === matches : matches(request);
}

function describe({ operation, args }: DiskRequest): string {
  return `${operation} ${"path" in args ? args.path : `${args.from} ${args.to}`}`;
}
