// DeleteTopics, by name or by id (`ControllerApis.deleteTopics`).
//
// Lives on: anywhere (pure).

import { ZERO_UUID } from "../../base/uuid.ts";
import type { TopicState } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { DeletedTopicResult, TopicNameOrId } from "./messages.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { accepted, duplicates, isRefusal, refusal } from "./plan.ts";

export function planDeleteTopics(
  context: PlanContext,
  topics: readonly TopicNameOrId[],
): Plan<readonly DeletedTopicResult[]> {
  const twice = duplicates(topics.map(keyOf));
  const asked = [...new Map(topics.map((entry) => [keyOf(entry), entry])).values()];
  const found = asked.map((entry) => lookUp(context, entry, twice.has(keyOf(entry))));
  const ids = found.flatMap((result) => (isRefusal(result) ? [] : [result.topicId]));
  // A name and an id of the same topic: neither is followed, as neither can be trusted.
  const ambiguous = duplicates(ids);
  const deleted = new Set(ids.filter((topicId) => !ambiguous.has(topicId)));
  const results = asked.flatMap((entry, at): DeletedTopicResult[] => {
    const result = found[at]!;
    if (isRefusal(result)) return [{ ...entry, ...result }];
    const { name, topicId } = result;
    if (!ambiguous.has(topicId)) return [{ name, topicId, ...accepted }];
    if (entry.name === null) return [];
    const message = "The provided topic name maps to an ID that was already supplied.";
    return [{ name, topicId, ...refusal(ErrorCode.INVALID_REQUEST, message) }];
  });
  const records = [...deleted].map(
    (topicId) => ({ kind: "RemoveTopicRecord", value: { topicId } }) as const,
  );
  return { records, results };
}

/** Entries that are the same twice get one answer. */
function keyOf({ name, topicId }: TopicNameOrId): string {
  return `${topicId}/${name ?? ""}`;
}

function lookUp(
  { image, config }: PlanContext,
  { name, topicId }: TopicNameOrId,
  twice: boolean,
): TopicState | Refusal {
  const invalid = (message: string): Refusal => refusal(ErrorCode.INVALID_REQUEST, message);
  if (!config.deleteTopicEnable) {
    return refusal(ErrorCode.TOPIC_DELETION_DISABLED, null);
  }
  const hasId = topicId !== ZERO_UUID;
  if (name !== null && hasId) return invalid("You may not specify both topic name and topic id.");
  if (name === null && !hasId) return invalid("Neither topic name nor id were specified.");
  if (twice) return invalid(`Duplicate topic ${hasId ? "id" : "name"}.`);
  if (name === null) {
    return (
      image.topicById(topicId) ??
      refusal(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
    );
  }
  return (
    image.topicByName(name) ??
    refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.")
  );
}
