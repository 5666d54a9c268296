// The group coordinators of this host: one beside each of its partitions of the offsets topic.
//
// Lives on: host thread (part of the broker actor).

import type { MetadataImage, TopicState } from "../../metadata/image.ts";
import { ResourceType } from "../../metadata/image.ts";
import { OFFSETS_TOPIC } from "../../metadata/topic-names.ts";
import type { ActorRef } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { Routine } from "../../runtime/routine.ts";
import { askAll, askEffect } from "../../runtime/routine.ts";
import type { GroupCoordinatorProtocol, GroupOverrides } from "../group-coordinator/messages.ts";
import { groupCoordinatorKind, spawnableGroupCoordinator } from "../group-coordinator/messages.ts";
import type { BrokerState, OwnPartition } from "./state.ts";

const RESIGN_TIMEOUT_MS = 30_000;

/** A coordinator has the key of its partition. */
function coordinatorRef(key: string): ActorRef<GroupCoordinatorProtocol> {
  return refTo(groupCoordinatorKind, key);
}

export function startCoordinators(b: BrokerState, wanted: Iterable<OwnPartition>): void {
  const topic = b.image?.topicByName(OFFSETS_TOPIC);
  if (b.image === undefined || topic === undefined || b.draining) return;
  const config = b.config.group;
  const overrides = groupOverrides(b.image);
  for (const { key, topicId, index } of wanted) {
    if (topicId !== topic.topicId || b.coordinators.has(key)) continue;
    b.coordinators.add(key);
    b.out.spawn(spawnableGroupCoordinator, key, { topicId, index, config, overrides });
  }
}

/** Before their partitions go. */
export function* endCoordinators(b: BrokerState, gone: readonly OwnPartition[]): Routine<void> {
  const ending = gone.filter(({ key }) => b.coordinators.has(key));
  const refs = ending.map(({ key }) => coordinatorRef(key));
  yield* askAll(refs.map((ref) => askEffect(ref, "resign", {}, RESIGN_TIMEOUT_MS)));
  for (const ref of refs) {
    b.out.stopActor(ref);
    b.coordinators.delete(ref.key);
  }
}

export function configureCoordinators(b: BrokerState): void {
  const config = b.config.group;
  for (const key of b.coordinators) b.out.tell(coordinatorRef(key), "configure", { config });
}

export function drainCoordinators(b: BrokerState): void {
  for (const key of b.coordinators) b.out.tell(coordinatorRef(key), "drain", {});
}

/** Single groups have been configured. */
export function configureGroups(b: BrokerState, image: MetadataImage): void {
  const overrides = groupOverrides(image);
  for (const key of b.coordinators)
    b.out.tell(coordinatorRef(key), "configureGroups", { overrides });
}

function groupOverrides(image: MetadataImage): GroupOverrides {
  const names = image.configuredResources(ResourceType.GROUP);
  return Object.fromEntries(names.map((name) => [name, image.configsOf(ResourceType.GROUP, name)]));
}

/** Members of groups are assigned partitions of these. */
export function tellTopics(b: BrokerState, image: MetadataImage): void {
  if (b.coordinators.size === 0) return;
  const listed = image.topics().map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitionCount: partitions.length,
  }));
  const topics = { version: image.lastOffset, topics: listed };
  for (const key of b.coordinators) b.out.tell(coordinatorRef(key), "topicsChanged", { topics });
}

/** What is committed for a topic means nothing for the next one of its name. */
export function tellOfDeletedTopics(b: BrokerState, before: readonly TopicState[]): void {
  if (b.coordinators.size === 0 || before === b.image?.topics()) return;
  const topics = before
    .filter(({ topicId }) => b.image?.topicById(topicId) === undefined)
    .map(({ name, topicId }) => ({ name, topicId }));
  if (topics.length === 0) return;
  for (const key of b.coordinators) b.out.tell(coordinatorRef(key), "topicsDeleted", { topics });
}
