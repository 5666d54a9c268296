// Producer ids for idempotent producers, handed out from blocks that the controller gives to this
// host alone (KIP-730). The next block is asked for when the present one is used up; who comes
// meanwhile waits for the same answer.
//
// Lives on: anywhere (part of the front door).

import type { Routine, Signal } from "../../runtime/routine.ts";
import { ask, fire, newSignal, waitFor } from "../../runtime/routine.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { controllerRef } from "../controller/messages.ts";

const ALLOCATION_TIMEOUT_MS = 10_000;

/** In whose name ids are asked for. */
type Broker = { readonly brokerId: number; readonly brokerEpoch: number };

export class ProducerIds {
  #next = 0;
  #end = 0;
  #isAsking = false;
  readonly #waiters = new Set<Signal>();

  /** An id that nobody else has; `undefined` when the controller gave none in time. */
  *take(broker: Broker): Routine<number | undefined> {
    if (this.#next >= this.#end) {
      if (this.#isAsking) yield* this.#waitForBlock();
      else yield* this.#askForBlock(broker);
    }
    return this.#next < this.#end ? this.#next++ : undefined;
  }

  *#askForBlock(broker: Broker): Routine<void> {
    this.#isAsking = true;
    const answer = yield* ask(
      controllerRef(),
      "allocateProducerIds",
      broker,
      ALLOCATION_TIMEOUT_MS,
    );
    this.#isAsking = false;
    if (answer.ok && answer.value.errorCode === ErrorCode.NONE) {
      this.#next = answer.value.firstProducerId;
      this.#end = this.#next + answer.value.count;
    }
    for (const waiter of this.#waiters) fire(waiter);
  }

  *#waitForBlock(): Routine<void> {
    const signal = newSignal();
    this.#waiters.add(signal);
    yield* waitFor(signal, ALLOCATION_TIMEOUT_MS);
    this.#waiters.delete(signal);
  }
}
