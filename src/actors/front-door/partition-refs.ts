// Addresses of partitions, made once per topic instead of once per request.
//
// Lives on: anywhere (part of the front door).

import type { TopicState } from "../../metadata/image.ts";
import type { ActorRef } from "../../runtime/actor.ts";
import type { PartitionProtocol } from "../partition/messages.ts";
import { partitionRef } from "../partition/messages.ts";

type Ref = ActorRef<PartitionProtocol>;

export class PartitionRefs {
  /** A topic that leaves the image takes its addresses with it. */
  readonly #byTopic = new WeakMap<TopicState, Ref[]>();

  of(topic: TopicState, index: number): Ref {
    let refs = this.#byTopic.get(topic);
    if (refs === undefined) {
      refs = [];
      this.#byTopic.set(topic, refs);
    }
    return (refs[index] ??= partitionRef(topic.topicId, index));
  }
}
