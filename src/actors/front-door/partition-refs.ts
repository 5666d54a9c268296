// Addresses of partitions, and of the coordinators of the offsets topic's, made once per topic instead of
// once per request.
//
// Lives on: anywhere (part of the front door).

import type { TopicState } from "../../metadata/image.ts";
import type { ActorRef, Protocol } from "../../runtime/actor.ts";

export class PartitionRefs<P extends Protocol> {
  readonly #make: (topicId: string, index: number) => ActorRef<P>;
  /** A topic that leaves the image takes its addresses with it. */
  readonly #byTopic = new WeakMap<TopicState, ActorRef<P>[]>();

  constructor(make: (topicId: string, index: number) => ActorRef<P>) {
    this.#make = make;
  }

  of(topic: TopicState, index: number): ActorRef<P> {
    let refs = this.#byTopic.get(topic);
    if (refs === undefined) {
      refs = [];
      this.#byTopic.set(topic, refs);
    }
    return (refs[index] ??= this.#make(topic.topicId, index));
  }
}
