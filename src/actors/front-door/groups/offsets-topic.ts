// The offsets topic comes into being when the first client looks for a coordinator
// (`AutoTopicCreationManager`). Whoever asks waits for it; several who ask at once get the same one.
//
// Lives on: anywhere (part of the front door).

import type { TopicState } from "../../../metadata/image.ts";
import { OFFSETS_TOPIC } from "../../../metadata/topic-names.ts";
import type { Routine } from "../../../runtime/routine.ts";
import { askController } from "../ask-controller.ts";
import type { RequestContext } from "../request-context.ts";

/** Clients ask again when they are told that there is no coordinator yet. */
const CREATION_TIMEOUT_MS = 5_000;

/** Undefined: it is not there yet. */
export function* offsetsTopic(context: RequestContext): Routine<TopicState | undefined> {
  const known = context.image.topicByName(OFFSETS_TOPIC);
  if (known !== undefined) return known;
  const { group } = context.config;
  const topic = {
    name: OFFSETS_TOPIC,
    partitionCount: group.offsetsTopicPartitionCount,
    // Partitions have one replica, whatever offsets.topic.replication.factor asks for.
    replicationFactor: 1,
    assignments: [],
    configs: [
      { name: "cleanup.policy", value: "compact" },
      { name: "segment.bytes", value: String(group.offsetsTopicSegmentBytes) },
      { name: "compression.type", value: "producer" },
    ],
  };
  const args = { topics: [topic], validateOnly: false };
  const answer = yield* askController("createTopics", args, CREATION_TIMEOUT_MS);
  if (!answer.ok) {
    const { fault, detail } = answer;
    context.desk.out.log("warn", "the offsets topic is not created", { fault, detail });
  }
  return context.image.topicByName(OFFSETS_TOPIC);
}
