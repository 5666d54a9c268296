// Kafka's producer snapshot file (`<offset>.snapshot`, `ProducerStateManager`): version int16,
// CRC-32C uint32 of all that follows, and per producer id one entry of 46 bytes.
//
//   0 producerId int64     10 lastSequence int32    22 offsetDelta int32    34 coordinatorEpoch int32
//   8 producerEpoch int16  14 lastOffset int64      26 timestamp int64      38 transaction's first
//                                                                              offset int64, or -1
//
// Lives on: anywhere (pure).

import { crc32cOf } from "../base/crc32c.ts";
import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import {
  readInt16,
  readInt32,
  readInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from "../protocol/record-batch.ts";

const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const ENTRIES_AT = 10;
const ENTRY_BYTES = 46;

/** Producer ids of one partition: beyond this a snapshot is taken for garbage. */
const ENTRIES_MAX = 4_000_000;

export const SNAPSHOT_BYTES_MAX = ENTRIES_AT + ENTRIES_MAX * ENTRY_BYTES;

export type ProducerSnapshotEntry = {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1: nothing but a transaction marker is known of this producer. */
  readonly lastSequence: number;
  readonly lastOffset: number;
  /** Last offset less first offset of the last batch. */
  readonly offsetDelta: number;
  readonly timestamp: number;
  readonly coordinatorEpoch: number;
  readonly currentTransactionFirstOffset: number;
};

export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Uint8Array {
  const bytes = new Uint8Array(ENTRIES_AT + entries.length * ENTRY_BYTES);
  writeInt16(bytes, 0, VERSION);
  writeInt32(bytes, COUNT_AT, entries.length);
  let at = ENTRIES_AT;
  for (const entry of entries) {
    writeInt64(bytes, at, entry.producerId);
    writeInt16(bytes, at + 8, entry.producerEpoch);
    writeInt32(bytes, at + 10, entry.lastSequence);
    writeInt64(bytes, at + 14, entry.lastOffset);
    writeInt32(bytes, at + 22, entry.offsetDelta);
    writeInt64(bytes, at + 26, entry.timestamp);
    writeInt32(bytes, at + 34, entry.coordinatorEpoch);
    writeInt64(bytes, at + 38, entry.currentTransactionFirstOffset);
    at += ENTRY_BYTES;
  }
  writeInt32(bytes, CRC_AT, crc32cOf(bytes, COUNT_AT));
  return bytes;
}

export function decodeProducerSnapshot(bytes: Uint8Array): Outcome<ProducerSnapshotEntry[]> {
  if (bytes.length < ENTRIES_AT) return failure("corrupt", `${bytes.length} bytes are no snapshot`);
  const version = readInt16(bytes, 0);
  if (version !== VERSION) return failure("corrupt", `snapshot of unknown version ${version}`);
  if (readInt32(bytes, CRC_AT) >>> 0 !== crc32cOf(bytes, COUNT_AT)) {
    return failure("corrupt", "the snapshot's checksum is wrong");
  }
  const count = readInt32(bytes, COUNT_AT);
  if (count < 0 || ENTRIES_AT + count * ENTRY_BYTES !== bytes.length) {
    return failure("corrupt", `${count} entries do not fit ${bytes.length} bytes`);
  }
  const entries: ProducerSnapshotEntry[] = [];
  for (let at = ENTRIES_AT; at < bytes.length; at += ENTRY_BYTES) {
    const entry = decodeEntry(bytes, at);
    if (!isSensible(entry)) return failure("corrupt", `entry ${entries.length} makes no sense`);
    entries.push(entry);
  }
  return success(entries);
}

function decodeEntry(bytes: Uint8Array, at: number): ProducerSnapshotEntry {
  return {
    producerId: readInt64(bytes, at),
    producerEpoch: readInt16(bytes, at + 8),
    lastSequence: readInt32(bytes, at + 10),
    lastOffset: readInt64(bytes, at + 14),
    offsetDelta: readInt32(bytes, at + 22),
    timestamp: readInt64(bytes, at + 26),
    coordinatorEpoch: readInt32(bytes, at + 34),
    currentTransactionFirstOffset: readInt64(bytes, at + 38),
  };
}

function isSensible(entry: ProducerSnapshotEntry): boolean {
  const { producerId, lastOffset, offsetDelta, timestamp } = entry;
  return (
    producerId >= 0 &&
    Number.isSafeInteger(producerId) &&
    Number.isSafeInteger(lastOffset) &&
    Number.isSafeInteger(timestamp) &&
    Number.isSafeInteger(entry.currentTransactionFirstOffset) &&
    offsetDelta >= 0 &&
    (lastOffset < 0 || offsetDelta <= lastOffset)
  );
}
