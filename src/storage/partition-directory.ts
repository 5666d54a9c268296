// A partition's directory: what its name says, and whose it is.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { tryDisk } from "../runtime/routine.ts";
import {
  decodePartitionMetadata,
  PARTITION_METADATA_BYTES_MAX,
  PARTITION_METADATA_FILE,
} from "./partition-metadata.ts";

/** `orders-7`; what is on its way out or in has a suffix: `-delete`, `-future`, `-stray`. */
const PARTITION_DIRECTORY = /^(?<topic>[a-zA-Z0-9._-]{1,249})-(?<index>\d{1,6})$/;
/** Of directories that look like a topic's. */
export const METADATA_LOGS: ReadonlySet<string> = new Set(["__cluster_metadata", "gofka-metadata"]);

export type NamedPartition = { readonly topic: string; readonly index: number };

export function partitionOfDirectory(name: string): NamedPartition | undefined {
  const groups = PARTITION_DIRECTORY.exec(name)?.groups;
  if (groups === undefined) return undefined;
  return { topic: groups["topic"] ?? "", index: Number(groups["index"]) };
}

/** From `partition.metadata`; undefined when that is missing or damaged. */
export function* readTopicId(directory: string): Routine<string | undefined> {
  const path = `${directory}/${PARTITION_METADATA_FILE}`;
  const read = yield* tryDisk("read", { path, position: 0, length: PARTITION_METADATA_BYTES_MAX });
  const decoded = read.ok ? decodePartitionMetadata(read.value) : read;
  return decoded.ok ? decoded.value.topicId : undefined;
}
