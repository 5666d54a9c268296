// The checkpoints of a data directory: one offset per partition (`OffsetCheckpointFile` of Kafka).
// Four files have this form: how far logs are surely on disk, where they start, their high watermarks,
// and how far compaction has looked at them. All are hints: whoever reads them holds them against the
// logs.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { success } from "../base/outcome.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint-file.ts";
import { wholeNumber } from "./text-file.ts";

export const RECOVERY_POINT_FILE = "recovery-point-offset-checkpoint";
export const LOG_START_FILE = "log-start-offset-checkpoint";
export const CLEANER_OFFSET_FILE = "cleaner-offset-checkpoint";
export const HIGH_WATERMARK_FILE = "replication-offset-checkpoint";

/** Beyond this a checkpoint file is taken for garbage. */
export const OFFSET_CHECKPOINT_BYTES_MAX = 64 * 1024 * 1024;

export type PartitionOffset = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

export function encodeOffsetCheckpoint(entries: readonly PartitionOffset[]): Uint8Array {
  return encodeCheckpoint(
    entries.map((entry) => `${entry.topic} ${entry.partition} ${entry.offset}`),
  );
}

export function decodeOffsetCheckpoint(bytes: Uint8Array): Outcome<PartitionOffset[]> {
  // Kafka makes its checkpoint files before it has anything to write in them.
  return bytes.length === 0 ? success([]) : decodeCheckpoint(bytes, parseEntry);
}

function parseEntry(line: string): PartitionOffset | undefined {
  const [topic, partitionText, offsetText, ...rest] = line.split(/\s+/);
  const partition = wholeNumber(partitionText);
  const offset = wholeNumber(offsetText);
  if (topic === undefined || topic === "" || rest.length > 0) return undefined;
  if (partition === null || partition < 0 || offset === null || offset < 0) return undefined;
  return { topic, partition, offset };
}
