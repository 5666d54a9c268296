// Topics that come into being because a client asked for their metadata (`auto.create.topics.enable`,
// AutoTopicCreationManager of Kafka). The client is told at once that the topic is not known, asks
// again as for any topic that is not there yet, and finds it.
//
// Lives on: anywhere (part of the front door).

import type { Routine } from "../../runtime/routine.ts";
import { ask } from "../../runtime/routine.ts";
import { controllerRef } from "../controller/messages.ts";
import type { FrontDoorOutbox } from "./front-desk.ts";

/** Names that are being created; more are left for the client's next attempt. */
const IN_FLIGHT_MAX = 1000;
const CREATION_TIMEOUT_MS = 30_000;

export class AutoCreation {
  readonly #out: FrontDoorOutbox;
  readonly #inFlight = new Set<string>();

  constructor(out: FrontDoorOutbox) {
    this.#out = out;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Has the topics created with the broker's defaults, unless that is under way. */
  start(names: readonly string[]): void {
    const fresh: string[] = [];
    for (const name of names) {
      if (this.#inFlight.size >= IN_FLIGHT_MAX) break;
      if (this.#inFlight.has(name)) continue;
      this.#inFlight.add(name);
      fresh.push(name);
    }
    if (fresh.length > 0) this.#out.run(this.#create(fresh));
  }

  *#create(names: readonly string[]): Routine<void> {
    const topics = names.map((name) => ({
      name,
      partitionCount: -1,
      replicationFactor: -1,
      assignments: [],
      configs: [],
    }));
    const request = { topics, validateOnly: false };
    const answer = yield* ask(controllerRef(), "createTopics", request, CREATION_TIMEOUT_MS);
    for (const name of names) this.#inFlight.delete(name);
    if (!answer.ok) {
      const { fault, detail } = answer;
      this.#out.log("warn", "topics were not created on demand", { names, fault, detail });
    }
  }
}
