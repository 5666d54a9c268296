// Which topics lie in a data directory, told from the names of its folders alone, so that a directory
// written by another Kafka opens here.
//
// Lives on: host 0 (pure, over the Disk port).

import type { DirectoryEntry } from "../../runtime/ports.ts";
import type { Routine } from "../../runtime/routine.ts";
import { tryDisk } from "../../runtime/routine.ts";
import {
  decodePartitionMetadata,
  PARTITION_METADATA_FILE,
} from "../../storage/partition-metadata.ts";
import type { FoundTopic } from "../controller/messages.ts";

/** `topic-7`; what ends in `-delete`, `-future` or `-stray` is on its way out or in. */
const PARTITION_DIRECTORY = /^(?<topic>[a-zA-Z0-9._-]{1,249})-(?<index>\d{1,6})$/;
const METADATA_LOGS = new Set(["__cluster_metadata", "gofka-metadata"]);
/** Names that Kafka, this node or a file system puts beside the partitions. */
const KNOWN_NAMES =
  /^(\.lock.*|\.kafka_cleanshutdown|bootstrap\.checkpoint|lost\+found|.*-checkpoint(-\d+)?|.*\.tmp|.*-(delete|future|stray))$/;

const PARTITION_METADATA_BYTES_MAX = 4096;

/** The first name that has no business in a Kafka data directory. */
export function firstForeignName(entries: readonly DirectoryEntry[]): string | undefined {
  const foreign = entries.find(
    ({ name, isDirectory }) =>
      !KNOWN_NAMES.test(name) && !(isDirectory && PARTITION_DIRECTORY.test(name)),
  );
  return foreign?.name;
}

export function* findTopics(
  directory: string,
  entries: readonly DirectoryEntry[],
): Routine<readonly FoundTopic[]> {
  const topics = new Map<string, { firstIndex: number; partitionCount: number }>();
  for (const { name, isDirectory } of entries) {
    const parts = isDirectory ? PARTITION_DIRECTORY.exec(name)?.groups : undefined;
    const topic = parts?.["topic"];
    if (topic === undefined || METADATA_LOGS.has(topic)) continue;
    const index = Number(parts?.["index"]);
    const known = topics.get(topic);
    topics.set(topic, {
      firstIndex: Math.min(index, known?.firstIndex ?? index),
      partitionCount: Math.max(index + 1, known?.partitionCount ?? 0),
    });
  }
  const found: FoundTopic[] = [];
  for (const [name, { firstIndex, partitionCount }] of topics) {
    const topicId = yield* readTopicId(`${directory}/${name}-${firstIndex}`);
    found.push({ name, topicId, partitionCount });
  }
  return found;
}

/** From `partition.metadata`; null when it is missing or says nothing. */
function* readTopicId(directory: string): Routine<string | null> {
  const path = `${directory}/${PARTITION_METADATA_FILE}`;
  const read = yield* tryDisk("read", { path, position: 0, length: PARTITION_METADATA_BYTES_MAX });
  if (!read.ok) return null;
  const decoded = decodePartitionMetadata(read.value);
  return decoded.ok ? decoded.value.topicId : null;
}
