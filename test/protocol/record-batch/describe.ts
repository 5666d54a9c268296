// What a batch holds, in the words of oracle/Batches.java: one JSON text that can be compared.

import {
  baseOffsetOf,
  baseSequenceOf,
  batchSizeOf,
  codecOf,
  crcOf,
  isControl,
  isLogAppendTime,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  leaderEpochOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  recordsOf,
} from "../../../src/protocol/record-batch.ts";

const hex = (bytes: Uint8Array | null) =>
  bytes === null ? null : Buffer.from(bytes).toString("hex");

export function describe(batch: Uint8Array, at = 0) {
  return {
    baseOffset: baseOffsetOf(batch, at),
    lastOffset: lastOffsetOf(batch, at),
    leaderEpoch: leaderEpochOf(batch, at),
    codec: codecOf(batch, at),
    appendTime: isLogAppendTime(batch, at),
    transactional: isTransactional(batch, at),
    control: isControl(batch, at),
    maxTimestamp: maxTimestampOf(batch, at),
    producerId: producerIdOf(batch, at),
    producerEpoch: producerEpochOf(batch, at),
    baseSequence: baseSequenceOf(batch, at),
    lastSequence: lastSequenceOf(batch, at),
    checksum: crcOf(batch, at),
    sizeBytes: batchSizeOf(batch, at),
    records: [...recordsOf(batch, at)].map(({ offset, timestamp, key, value, headers }) => ({
      offset,
      timestamp,
      key: hex(key),
      value: hex(value),
      headers: headers.map((header) => [hex(Buffer.from(header.key)), hex(header.value)]),
    })),
  };
}
