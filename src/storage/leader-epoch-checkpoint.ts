// `leader-epoch-checkpoint` of a partition (`LeaderEpochCheckpointFile` of Kafka): one line per epoch
// with the offset it began at.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint-file.ts";
import type { EpochEntry } from "./leader-epochs.ts";
import { wholeNumber } from "./text-file.ts";

export const LEADER_EPOCH_FILE = "leader-epoch-checkpoint";
export const LEADER_EPOCH_BYTES_MAX = 16 * 1024 * 1024;

export function encodeLeaderEpochs(entries: readonly EpochEntry[]): Uint8Array {
  return encodeCheckpoint(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
}

/** Entries that do not ascend are corrupt too (KAFKA-16541). */
export function decodeLeaderEpochs(bytes: Uint8Array): Outcome<EpochEntry[]> {
  const decoded = decodeCheckpoint(bytes, parseEntry);
  if (!decoded.ok) return decoded;
  for (const [at, entry] of decoded.value.entries()) {
    const before = decoded.value[at - 1];
    if (before === undefined) continue;
    if (entry.epoch <= before.epoch || entry.startOffset <= before.startOffset) {
      return failure("corrupt", `epoch ${entry.epoch} does not ascend`);
    }
  }
  return decoded;
}

function parseEntry(line: string): EpochEntry | undefined {
  const [epochText, offsetText, ...rest] = line.split(/\s+/);
  const epoch = wholeNumber(epochText);
  const startOffset = wholeNumber(offsetText);
  if (rest.length > 0 || epoch === null || startOffset === null) return undefined;
  if (epoch < 0 || epoch > 0x7fff_ffff || startOffset < 0) return undefined;
  return { epoch, startOffset };
}
