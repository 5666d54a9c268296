// Everything that fetches of one host share: sessions, standing watches, parked fetches, and the
// memory their answers may take.
//
// Lives on: anywhere (part of the front door).

import type { BrokerSettings } from "../../../config/broker-config.ts";
import type { World } from "../../../runtime/actor.ts";
import type { AnswerMemory } from "../answer-memory.ts";
import type { FrontDoorOutbox } from "../front-desk.ts";
import { FetchBudget } from "./fetch-budget.ts";
import { FetchSessionCache } from "./fetch-session-cache.ts";
import { FetchSessions } from "./fetch-sessions.ts";
import { FetchWatches } from "./fetch-watches.ts";
import { Purgatory } from "./purgatory.ts";

/** Partitions that all sessions of a node name together, some 300 bytes each. */
const SESSION_PARTITIONS_MAX = 200_000;

export class FetchDesk {
  readonly cache: FetchSessionCache;
  readonly sessions: FetchSessions;
  readonly watches: FetchWatches;
  readonly purgatory = new Purgatory();
  readonly budget: FetchBudget;

  constructor(out: FrontDoorOutbox, world: World, config: BrokerSettings, memory: AnswerMemory) {
    const { hostIndex, hostCount } = out;
    this.watches = new FetchWatches(out);
    this.cache = new FetchSessionCache({
      slots: Math.ceil(config.maxIncrementalFetchSessionCacheSlots / hostCount),
      partitionsMax: Math.ceil(SESSION_PARTITIONS_MAX / hostCount),
      hostIndex,
      hostCount,
      uint32: () => world.uint32(),
      released: (partition) => this.watches.takeOff(partition),
    });
    this.sessions = new FetchSessions(this.cache, this.watches);
    this.budget = new FetchBudget(memory);
  }

  connectionClosed(connectionId: number): void {
    this.sessions.connectionClosed(connectionId);
    this.purgatory.connectionClosed(connectionId);
  }
}
