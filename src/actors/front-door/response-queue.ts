// Keeps the responses of one connection in the order of its requests (SocketServer of Kafka promises
// it, clients rely on it): a request opens a slot when it is dispatched, the slot is filled whenever
// its answer is there, and filled slots leave from the head only.
//
// Lives on: anywhere (pure; part of the front door).

import { assert } from "../../base/assert.ts";

/** The bytes of a response; `nothing` for a request that gets none; `close` ends the connection. */
export type Answer = readonly Uint8Array[] | "nothing" | "close";

export type Slot = { answer: Answer | undefined; bytes: number };

export class ResponseQueue {
  #slots: Slot[] = [];
  #head = 0;
  #heldBytes = 0;

  /** Requests that have been dispatched and whose answers have not left. */
  get length(): number {
    return this.#slots.length - this.#head;
  }

  /** Bytes of answers that wait for an earlier one. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  open(): Slot {
    const slot: Slot = { answer: undefined, bytes: 0 };
    this.#slots.push(slot);
    return slot;
  }

  fill(slot: Slot, answer: Answer): void {
    assert(slot.answer === undefined, "a request was answered twice");
    slot.answer = answer;
    if (typeof answer === "string") return;
    for (const chunk of answer) slot.bytes += chunk.length;
    this.#heldBytes += slot.bytes;
  }

  /** The answer at the head, if it is there; it leaves the queue. */
  take(): Answer | undefined {
    const slot = this.#slots[this.#head];
    if (slot?.answer === undefined) return undefined;
    this.#heldBytes -= slot.bytes;
    this.#head += 1;
    if (this.#head === this.#slots.length) {
      this.#slots = [];
      this.#head = 0;
    } else if (this.#head >= 64) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return slot.answer;
  }
}
