// Answers that wait for an offset of the metadata log: to be committed, or to have been applied by
// every live host. Bounded in number and in time, so that an answer which never becomes due (a disk
// that hangs, a host that does not come back) costs little and ends.
//
// Lives on: the metadata host (part of the controller).

import type { ErrorCode } from "../../protocol/error-codes.ts";

export type Waiter = {
  readonly offset: number;
  readonly deadlineMs: number;
  readonly answer: () => void;
  readonly fail: (errorCode: ErrorCode) => void;
};

export class Waiters {
  /** In the order they came, which is that of their offsets and deadlines. */
  #queue: Waiter[] = [];

  get size(): number {
    return this.#queue.length;
  }

  add(waiter: Waiter): void {
    this.#queue.push(waiter);
  }

  /** Answers those who wait for `offset` or less. */
  reached(offset: number): void {
    this.#leave(
      ({ offset: wanted }) => wanted <= offset,
      ({ answer }) => answer(),
    );
  }

  /** Fails those who wait for more than `offset`: what they wait for may never be. */
  failBeyond(offset: number, errorCode: ErrorCode): void {
    const failed = this.#queue.filter((waiter) => waiter.offset > offset);
    this.#queue = this.#queue.filter((waiter) => waiter.offset <= offset);
    for (const { fail } of failed) fail(errorCode);
  }

  expire(nowMs: number, errorCode: ErrorCode): void {
    this.#leave(
      ({ deadlineMs }) => deadlineMs <= nowMs,
      ({ fail }) => fail(errorCode),
    );
  }

  #leave(due: (waiter: Waiter) => boolean, end: (waiter: Waiter) => void): void {
    const first = this.#queue.findIndex((waiter) => !due(waiter));
    for (const waiter of this.#queue.splice(0, first < 0 ? this.#queue.length : first)) end(waiter);
  }
}
