// Which partitions lie in a data directory, told from the names of its folders and the small files in
// them, so that a directory written by another Kafka opens here.
//
// Lives on: host 0 (pure, over the Disk port).

import type { DirectoryEntry } from "../../runtime/ports.ts";
import type { Routine } from "../../runtime/routine.ts";
import { tryDisk } from "../../runtime/routine.ts";
import {
  decodeLeaderEpochs,
  LEADER_EPOCH_BYTES_MAX,
  LEADER_EPOCH_FILE,
} from "../../storage/leader-epoch-checkpoint.ts";
import {
  METADATA_LOGS,
  partitionOfDirectory,
  readTopicId,
} from "../../storage/partition-directory.ts";

/** Names that Kafka, this node or a file system puts beside the partitions. */
const KNOWN_NAMES =
  /^(\.lock.*|\.kafka_cleanshutdown|bootstrap\.checkpoint|lost\+found|.*-checkpoint(-\d+)?|.*\.tmp|.*-(delete|future|stray))$/;

/** The first name that has no business in a Kafka data directory. */
export function firstForeignName(entries: readonly DirectoryEntry[]): string | undefined {
  const foreign = entries.find(
    ({ name, isDirectory }) =>
      !KNOWN_NAMES.test(name) && !(isDirectory && partitionOfDirectory(name) !== undefined),
  );
  return foreign?.name;
}

export type FoundDirectory = {
  /** The data directory it lies in. */
  readonly home: string;
  readonly topic: string;
  readonly index: number;
  /** From `partition.metadata`; null when the file is missing. */
  readonly topicId: string | null;
  /** The latest leader epoch its log holds; -1 when none is known. */
  readonly latestEpoch: number;
};

export function* findDirectories(
  directory: string,
  entries: readonly DirectoryEntry[],
): Routine<readonly FoundDirectory[]> {
  const found: FoundDirectory[] = [];
  for (const { name, isDirectory } of entries) {
    const named = isDirectory ? partitionOfDirectory(name) : undefined;
    if (named === undefined || METADATA_LOGS.has(named.topic)) continue;
    const topicId = (yield* readTopicId(`${directory}/${name}`)) ?? null;
    const latestEpoch = yield* readLatestEpoch(`${directory}/${name}`);
    found.push({ home: directory, ...named, topicId, latestEpoch });
  }
  return found;
}

/** From `leader-epoch-checkpoint`; -1 when it is missing or empty. */
function* readLatestEpoch(directory: string): Routine<number> {
  const path = `${directory}/${LEADER_EPOCH_FILE}`;
  const read = yield* tryDisk("read", { path, position: 0, length: LEADER_EPOCH_BYTES_MAX });
  if (!read.ok) return -1;
  const decoded = decodeLeaderEpochs(read.value);
  return decoded.ok ? (decoded.value.at(-1)?.epoch ?? -1) : -1;
}
