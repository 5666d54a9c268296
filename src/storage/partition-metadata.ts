// `partition.metadata`: the id of the topic a partition's directory belongs to (`PartitionMetadataFile`
// of Kafka, KIP-516). Names come back after a topic was deleted, ids never do.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { bytesOf, linesOf } from "./text-file.ts";

export const PARTITION_METADATA_FILE = "partition.metadata";
export const PARTITION_METADATA_BYTES_MAX = 4096;

const TOPIC_ID = /^[A-Za-z0-9_-]{22}$/;

export type PartitionMetadata = { readonly topicId: string };

export function encodePartitionMetadata({ topicId }: PartitionMetadata): Uint8Array {
  // Kafka writes no line end after the last line.
  return bytesOf(`version: 0\ntopic_id: ${topicId}`);
}

export function decodePartitionMetadata(bytes: Uint8Array): Outcome<PartitionMetadata> {
  const [versionLine, idLine, ...rest] = linesOf(bytes);
  if (versionLine !== "version: 0" || rest.length > 0) {
    return failure("corrupt", "partition.metadata is not of version 0");
  }
  const topicId = idLine?.startsWith("topic_id: ") === true ? idLine.slice(10) : "";
  if (!TOPIC_ID.test(topicId)) return failure("corrupt", "partition.metadata names no topic id");
  return success({ topicId });
}
