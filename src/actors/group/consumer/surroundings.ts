// What the machine of a consumer group sees of the world when it handles something.
//
// Lives on: host thread (part of the group actor).

import { randomUuid } from "../../../base/uuid.ts";
import type { ConsumerGroupSettings } from "../../../config/group-config.ts";
import type { GroupState } from "../state.ts";
import type { TopicCatalog } from "./topic-catalog.ts";
import { catalogOf } from "./topic-catalog.ts";

export type Surroundings = {
  readonly settings: ConsumerGroupSettings;
  readonly topics: TopicCatalog;
  /** Of the clock that only goes forward: deadlines. */
  readonly nowMs: number;
  /** Goes into records. */
  readonly wallMs: number;
  readonly newMemberId: () => string;
};

export function surroundingsOf({ world, config, topics }: GroupState): Surroundings {
  return {
    settings: config.consumer,
    topics: catalogOf(topics),
    nowMs: world.monotonicMs(),
    wallMs: world.wallMs(),
    newMemberId: () => randomUuid((length) => world.bytes(length)),
  };
}
