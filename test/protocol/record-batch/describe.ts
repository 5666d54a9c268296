// What a batch holds, as the oracle's Batches.java says it: the fields of the header as stored, the
// records with their deltas as stored.

import {
  attributesOf,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  crcOf,
  lastOffsetDeltaOf,
  leaderEpochOf,
  magicOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  recordsOf,
  stampTimestamps,
} from "../../../src/protocol/record-batch.ts";

const base64 = (bytes: Uint8Array | null) =>
  bytes === null ? null : Buffer.from(bytes).toString("base64");

export function describe(batch: Uint8Array) {
  // With LogAppendTime a reader is given that instead of the timestamps which the records came with.
  const own = batch.slice();
  stampTimestamps(own, 0, "CreateTime", maxTimestampOf(own));
  return {
    baseOffset: baseOffsetOf(batch),
    partitionLeaderEpoch: leaderEpochOf(batch),
    magic: magicOf(batch),
    crc: crcOf(batch),
    attributes: attributesOf(batch),
    lastOffsetDelta: lastOffsetDeltaOf(batch),
    baseTimestamp: baseTimestampOf(batch),
    maxTimestamp: maxTimestampOf(batch),
    producerId: producerIdOf(batch),
    producerEpoch: producerEpochOf(batch),
    baseSequence: baseSequenceOf(batch),
    records: [...recordsOf(own)].map(({ offset, timestamp, key, value, headers }) => ({
      offsetDelta: offset - baseOffsetOf(batch),
      timestampDelta: timestamp - baseTimestampOf(batch),
      key: base64(key),
      value: base64(value),
      headers: headers.map((header) => ({ key: header.key, value: base64(header.value) })),
    })),
  };
}
