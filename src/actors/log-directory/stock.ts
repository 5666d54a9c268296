// What lies in a data directory for a new cluster to take over: the topics of Kafka's own metadata log
// with all that it says of them, and those that only their directories tell of.
//
// Lives on: host 0 (over the Disk port).

import type { ConfigValues, MetadataImage, TopicState } from "../../metadata/image.ts";
import { ResourceType } from "../../metadata/image.ts";
import type { Replay } from "../../metadata/replay.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { Routine } from "../../runtime/routine.ts";
import { disk } from "../../runtime/routine.ts";
import type { FoundDirectory } from "./found-topics.ts";
import { findDirectories } from "./found-topics.ts";
import type { KafkaMetadata } from "./kafka-metadata.ts";
import { KAFKA_METADATA_DIRECTORY, readKafkaMetadata } from "./kafka-metadata.ts";
import type { FoundCluster, FoundTopic, LogDirectoryProtocol, Stock } from "./messages.ts";

export type StockOptions = {
  readonly directories: readonly string[];
  readonly metadataDirectory: string;
  readonly nodeId: number;
};

type Logger = Pick<Outbox<LogDirectoryProtocol>, "log">;

export function* takeStock(options: StockOptions, out: Logger): Routine<Stock> {
  const { metadataDirectory, nodeId } = options;
  const directories: FoundDirectory[] = [];
  for (const path of options.directories) {
    const entries = yield* disk("list", { path });
    directories.push(...(yield* findDirectories(path, entries)));
  }
  const path = `${metadataDirectory}/${KAFKA_METADATA_DIRECTORY}`;
  const metadata = yield* readKafkaMetadata(path);
  tell(path, metadata, out);
  if (metadata.state !== "read") {
    return { topics: topicsOf(byTopic(directories)), cluster: null };
  }

  const { replay } = metadata;
  const deleted = directories.filter((found) => isOfDeleted(found, replay));
  if (deleted.length > 0) {
    out.log("warn", "directories of topics that Kafka has deleted are not taken over", {
      directories: deleted.map(({ topic, index }) => `${topic}-${index}`),
    });
  }
  const byName = byTopic(directories.filter((found) => !isOfDeleted(found, replay)));
  const topics: FoundTopic[] = [];
  for (const topic of replay.image.topics()) {
    const found = byName.get(topic.name) ?? [];
    byName.delete(topic.name);
    const configs = replay.image.configsOf(ResourceType.TOPIC, topic.name);
    const known = knownTopic(topic, configs, found, nodeId, out);
    if (known !== undefined) topics.push(known);
  }
  // Of the rest the metadata has never heard.
  topics.push(...topicsOf(byName));
  return { topics, cluster: clusterOf(replay.image, nodeId) };
}

function tell(path: string, metadata: KafkaMetadata, out: Logger): void {
  if (metadata.state === "absent") return;
  if (metadata.state === "unusable") {
    const { why } = metadata;
    const event = "Kafka's metadata log cannot be used: topics are told by their directories alone";
    return out.log("warn", event, { path, why });
  }
  const { replay, endOffset, notes } = metadata;
  for (const note of notes) out.log("warn", "Kafka's metadata log", { path, note });
  const kinds = [...replay.passedOver];
  if (kinds.length > 0) {
    out.log("warn", "Kafka's metadata log holds what is not taken over", { path, kinds });
  }
  const { topicCount: topics } = replay.image;
  out.log("info", "Kafka's metadata log is read", { path, endOffset, topics });
}

function isOfDeleted({ topicId }: FoundDirectory, { removedTopics }: Replay): boolean {
  return topicId !== null && removedTopics.has(topicId);
}

function byTopic(directories: readonly FoundDirectory[]): Map<string, FoundDirectory[]> {
  const byName = new Map<string, FoundDirectory[]>();
  for (const found of directories) {
    const same = byName.get(found.topic);
    if (same === undefined) byName.set(found.topic, [found]);
    else same.push(found);
  }
  return byName;
}

/** Undefined when nothing of the topic was ever to be here. */
function knownTopic(
  { name, topicId, partitions }: TopicState,
  configs: ConfigValues,
  directories: readonly FoundDirectory[],
  nodeId: number,
  out: Logger,
): FoundTopic | undefined {
  // One without an id was made just before a crash, and is of the topic that has the name.
  const own = directories.filter((found) => found.topicId === null || found.topicId === topicId);
  const here = new Set(own.map(({ index }) => index));
  const elsewhere = partitions.filter(
    ({ partitionId, replicas }) => !here.has(partitionId) && !replicas.includes(nodeId),
  );
  if (elsewhere.length === partitions.length) {
    out.log("warn", "a topic that only other nodes hold is not taken over", { name });
    return undefined;
  }
  if (elsewhere.length > 0) {
    const fields = { name, partitions: elsewhere.length };
    out.log("warn", "partitions that only other nodes hold begin empty here", fields);
  }
  return {
    name,
    topicId,
    partitionCount: greatest(own, ({ index }) => index + 1, partitions.length),
    latestLeaderEpoch: Math.max(
      greatest(partitions, ({ leaderEpoch }) => leaderEpoch, -1),
      greatest(own, ({ latestEpoch }) => latestEpoch, -1),
    ),
    configs,
  };
}

/** Topics that only their directories tell of. */
function topicsOf(byName: ReadonlyMap<string, readonly FoundDirectory[]>): readonly FoundTopic[] {
  return [...byName].map(([name, own]) => ({
    name,
    topicId: own.find(({ topicId }) => topicId !== null)?.topicId ?? null,
    partitionCount: greatest(own, ({ index }) => index + 1, 0),
    latestLeaderEpoch: greatest(own, ({ latestEpoch }) => latestEpoch, -1),
    configs: null,
  }));
}

function greatest<T>(items: readonly T[], of: (item: T) => number, least: number): number {
  return items.reduce((most, item) => Math.max(most, of(item)), least);
}

function clusterOf(image: MetadataImage, nodeId: number): FoundCluster {
  return {
    metadataVersion: image.features().get("metadata.version") ?? null,
    nextProducerId: image.nextProducerId,
    ownConfigs: image.configsOf(ResourceType.BROKER, String(nodeId)),
    allBrokersConfigs: image.configsOf(ResourceType.BROKER, ""),
  };
}
