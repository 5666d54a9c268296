// What a log has to know of a batch it stores, read from the batch's own header. The caller has
// checked the batch and stamped its base offset and leader epoch.
//
// Lives on: anywhere (pure). Hot: one per batch.

import {
  baseOffsetOf,
  baseSequenceOf,
  batchSizeOf,
  isControl,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  leaderEpochOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
} from "../protocol/record-batch.ts";

export type BatchInfo = {
  readonly sizeBytes: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly maxTimestamp: number;
  /** -1: the producer is not idempotent, and the next three mean nothing. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
};

/** Reads the header of the batch that begins at `at`; the whole header must be there. */
export function batchInfoAt(bytes: Uint8Array, at = 0): BatchInfo {
  return {
    sizeBytes: batchSizeOf(bytes, at),
    baseOffset: baseOffsetOf(bytes, at),
    lastOffset: lastOffsetOf(bytes, at),
    leaderEpoch: leaderEpochOf(bytes, at),
    maxTimestamp: maxTimestampOf(bytes, at),
    producerId: producerIdOf(bytes, at),
    producerEpoch: producerEpochOf(bytes, at),
    baseSequence: baseSequenceOf(bytes, at),
    lastSequence: lastSequenceOf(bytes, at),
    isTransactional: isTransactional(bytes, at),
    isControl: isControl(bytes, at),
  };
}
