// Fetches that wait for more to read: parked until enough bytes have become visible, until something
// needs an answer now (an error, a drain, the connection's end), or until their time is over, which
// their own routine waits for (DelayedFetch of Kafka).
//
// Lives on: anywhere (part of the front door).

import type { Signal } from "../../../runtime/routine.ts";
import { fire, newSignal } from "../../../runtime/routine.ts";

export class ParkedFetch {
  readonly connectionId: number;
  readonly signal: Signal = newSignal();
  #missingBytes: number;
  #isAbandoned = false;

  constructor(connectionId: number, missingBytes: number) {
    this.connectionId = connectionId;
    this.#missingBytes = missingBytes;
  }

  /** Nobody waits for the answer any more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** So many bytes more can be read. */
  readable(bytes: number): void {
    this.#missingBytes -= bytes;
    if (this.#missingBytes <= 0) this.answerNow();
  }

  answerNow(): void {
    fire(this.signal);
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.answerNow();
  }
}

export class Purgatory {
  readonly #parked = new Set<ParkedFetch>();
  #isDraining = false;

  get size(): number {
    return this.#parked.size;
  }

  park(connectionId: number, missingBytes: number): ParkedFetch {
    const fetch = new ParkedFetch(connectionId, missingBytes);
    this.#parked.add(fetch);
    if (this.#isDraining) fetch.answerNow();
    return fetch;
  }

  leave(fetch: ParkedFetch): void {
    this.#parked.delete(fetch);
  }

  connectionClosed(connectionId: number): void {
    for (const fetch of this.#parked) {
      if (fetch.connectionId === connectionId) fetch.abandon();
    }
  }

  /** Answers all that wait, and from now on whoever would. */
  drain(): void {
    this.#isDraining = true;
    for (const fetch of this.#parked) fetch.answerNow();
  }
}
