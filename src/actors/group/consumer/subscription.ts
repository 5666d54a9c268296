// What the members of a group subscribe to, and what the catalog of topics has of it: any difference
// makes a new group epoch, and that a new target assignment.
//
// Lives on: host thread (part of the group actor).

import { fnv1a32 } from "../../../base/hash.ts";
import { compareText } from "../assignors/assignor.ts";
import type { Change, EpochReason } from "./change.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { subscribedTopics } from "./consumer-group.ts";
import { groupRecord } from "./make-records.ts";
import type { CatalogTopic } from "../messages.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TopicCatalog } from "./topic-catalog.ts";

/** As in Kafka (`METADATA_REFRESH_INTERVAL_MS`). */
export const METADATA_REFRESH_INTERVAL_MS = 3 * 60_000;

export function topicIdsOf(names: readonly string[], topics: TopicCatalog): ReadonlySet<string> {
  const topicIds = new Set<string>();
  for (const name of names) {
    const topic = topics.byName(name);
    if (topic !== undefined) topicIds.add(topic.topicId);
  }
  return topicIds;
}

/** Sorted by name; those that do not exist, or not yet, left out. */
export function subscribedCatalogTopics(
  group: ConsumerGroup,
  topics: TopicCatalog,
): readonly CatalogTopic[] {
  const names = new Set<string>();
  // Most members subscribe to the very same topics; each list is looked at once.
  const seen = new Set<string>();
  for (const member of group.members.values()) {
    const list = `${member.subscribedTopicNames.join(",")}/${member.subscribedTopicRegex}`;
    if (seen.has(list)) continue;
    seen.add(list);
    for (const name of subscribedTopics(group, member)) names.add(name);
  }
  const found = [...names].sort(compareText).map((name) => topics.byName(name));
  return found.filter((topic) => topic !== undefined);
}

/**
 * Changes with every change of a subscribed topic. Kafka takes another hash, so a group that it has
 * left behind gets one new epoch here.
 */
export function hashOf(topics: readonly CatalogTopic[]): bigint {
  if (topics.length === 0) return 0n;
  const text = topics
    .map(({ name, topicId, partitionCount }) => `${name} ${topicId} ${partitionCount}`)
    .join("\n");
  const high = BigInt(fnv1a32(text));
  const low = BigInt(fnv1a32(`${topics.length}\n${text}\n`));
  return BigInt.asIntN(64, (high << 32n) | low);
}

/** Cheap unless something may have changed: the subscribed topics are hashed then. */
export function bumpEpochIfNeeded(
  change: Change,
  reason: EpochReason | undefined,
  { topics, nowMs }: Surroundings,
): void {
  const { group } = change;
  if (reason === undefined && nowMs < group.metadataRefreshDueMs) return;
  const hash = hashOf(subscribedCatalogTopics(group, topics));
  group.metadataRefreshDueMs = nowMs + METADATA_REFRESH_INTERVAL_MS;
  if (reason === undefined && hash === group.metadataHash) return;
  bumpEpoch(change, hash, reason ?? { cause: "topics changed", member: undefined });
}

export function bumpEpoch(change: Change, hash: bigint, reason: EpochReason): void {
  const groupEpoch = change.group.groupEpoch + 1;
  change.write(groupRecord(groupEpoch, hash));
  change.newEpochs.push({ groupEpoch, ...reason });
}

/** Topics have changed, or what was thought of them: the next heartbeat looks at them. */
export function requestMetadataRefresh(group: ConsumerGroup): void {
  group.metadataRefreshDueMs = 0;
}

export function isSubscribedTo(group: ConsumerGroup, name: string): boolean {
  for (const member of group.members.values()) {
    if (subscribedTopics(group, member).includes(name)) return true;
  }
  return false;
}
