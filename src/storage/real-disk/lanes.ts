// The lanes of the real disk: one for each directory that may be a disk of its own. What is slow is known
// of each apart, and none may take all threads of the system's pool: when one disk stands still, those
// who wait for it wait here, and the others go on.
//
// Lives on: host thread (part of the Disk adapter).

import { innermostFirst, rootOf } from "../../base/roots.ts";
import { PoolShare } from "./pool-share.ts";

/** A sync of a healthy disk takes a few milliseconds, a write some microseconds. */
const SLOW_MS = 50;
/** So long after it was slow last. */
const SLOW_FOR_MS = 5_000;

/** Since when operations have been in flight, and so whether the disk is slow. */
export class Pace {
  readonly #nowMs: () => number;
  #slowUntilMs = -Infinity;
  /** Since when, the oldest first. */
  readonly #inFlight = new Set<{ readonly sinceMs: number }>();

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Ends what it began when called. */
  begin(): () => void {
    const operation = { sinceMs: this.#nowMs() };
    this.#inFlight.add(operation);
    return () => {
      this.#inFlight.delete(operation);
      this.#judge(operation.sinceMs);
    };
  }

  /** What is carried out on the spot. */
  timed<T>(work: () => T): T {
    const sinceMs = this.#nowMs();
    const result = work();
    this.#judge(sinceMs);
    return result;
  }

  get isSlow(): boolean {
    for (const { sinceMs } of this.#inFlight) {
      this.#judge(sinceMs);
      break;
    }
    return this.#nowMs() < this.#slowUntilMs;
  }

  #judge(sinceMs: number): void {
    const nowMs = this.#nowMs();
    if (nowMs - sinceMs > SLOW_MS) this.#slowUntilMs = nowMs + SLOW_FOR_MS;
  }
}

export class DiskLane {
  readonly pace: Pace;
  readonly share: PoolShare;

  constructor(threadsMax: number, pace = new Pace()) {
    this.share = new PoolShare(threadsMax);
    this.pace = pace;
  }
}

export class DiskLanes {
  readonly #roots: readonly string[];
  readonly #lanes: ReadonlyMap<string, DiskLane>;
  readonly #rest: DiskLane;

  /** `threadsMax`: of the pool, for each. With a single root all is one lane. */
  constructor(roots: readonly string[], threadsMax: number) {
    const distinct = innermostFirst(roots);
    this.#roots = distinct.length > 1 ? distinct : [];
    this.#lanes = new Map(this.#roots.map((root) => [root, new DiskLane(threadsMax)]));
    this.#rest = new DiskLane(threadsMax);
  }

  of(path: string): DiskLane {
    if (this.#roots.length === 0) return this.#rest;
    return this.#lanes.get(rootOf(this.#roots, path)) ?? this.#rest;
  }
}
