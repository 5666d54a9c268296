// The header of a record batch of magic 2: where its fields stand, how to read them and which ones
// a broker may rewrite (`DefaultRecordBatch` of Kafka, KIP-98). A batch is bytes at a place in a
// larger buffer; nothing here copies or allocates.
//
//   0 baseOffset int64      16 magic int8               35 maxTimestamp int64   57 record count int32
//   8 length int32          17 CRC-32C of [21, end)     43 producerId int64     61 records
//  12 leader epoch int32    21 attributes int16         51 producerEpoch int16
//                           23 lastOffsetDelta int32    53 baseSequence int32
//                           27 baseTimestamp int64
//
// 64-bit fields come as numbers. What lies beyond 2^53 comes rounded, so whoever takes bytes from
// outside asks `hasExactNumbers` first.
//
// Lives on: anywhere. Hot.

import { crc32c } from "../../codec/crc32c.ts";

export const baseOffsetAt = 0;
export const batchLengthAt = 8;
export const leaderEpochAt = 12;
export const magicAt = 16;
export const crcAt = 17;
export const attributesAt = 21;
export const lastOffsetDeltaAt = 23;
export const baseTimestampAt = 27;
export const maxTimestampAt = 35;
export const producerIdAt = 43;
export const producerEpochAt = 51;
export const baseSequenceAt = 53;
export const recordCountAt = 57;
/** Where the records begin: the size of the header. */
export const recordsAt = 61;

/** What the length field does not count: the base offset and itself. */
export const lengthOverhead = 12;
/** The smallest thing in a log that tells its magic, of any format. */
const bytesUpToMagic = 17;

export const codecMask = 0x07;
export const logAppendTimeBit = 0x08;
export const transactionalBit = 0x10;
export const controlBit = 0x20;
export const deleteHorizonBit = 0x40;

export const noProducerId = -1;
export const noTimestamp = -1;

const two32 = 0x1_0000_0000;

export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16)) >> 16;
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The nearest number to a 64-bit value. */
export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * two32 + (readInt32(bytes, at + 4) >>> 0);
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** `value`: a safe integer. */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  writeInt32(bytes, at, Math.floor(value / two32) | 0);
  writeInt32(bytes, at + 4, value | 0);
}

// ---------------------------------------------------------------- reading; `at` is where the batch begins

export function baseOffsetOf(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + baseOffsetAt);
}

/** All the bytes of the batch, from its base offset to its last record. */
export function batchSizeOf(bytes: Uint8Array, at = 0): number {
  return lengthOverhead + readInt32(bytes, at + batchLengthAt);
}

export function leaderEpochOf(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + leaderEpochAt);
}

/** Of every format, also the old ones. */
export function magicOf(bytes: Uint8Array, at = 0): number {
  return bytes[at + magicAt]!;
}

/** As it stands in the header, unsigned. */
export function crcOf(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + crcAt) >>> 0;
}

export function attributesOf(bytes: Uint8Array, at = 0): number {
  return readInt16(bytes, at + attributesAt);
}

/** The codec's id (codec/codec.ts); ids 5 to 7 mean nothing. */
export function codecOf(bytes: Uint8Array, at = 0): number {
  return bytes[at + attributesAt + 1]! & codecMask;
}

export function isLogAppendTime(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + attributesAt + 1]! & logAppendTimeBit) !== 0;
}

export function isTransactional(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + attributesAt + 1]! & transactionalBit) !== 0;
}

export function isControl(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + attributesAt + 1]! & controlBit) !== 0;
}

/** Whether `baseTimestampOf` is the time from which tombstones may go (KIP-534). */
export function hasDeleteHorizon(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + attributesAt + 1]! & deleteHorizonBit) !== 0;
}

export function lastOffsetDeltaOf(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + lastOffsetDeltaAt);
}

export function lastOffsetOf(bytes: Uint8Array, at = 0): number {
  return baseOffsetOf(bytes, at) + lastOffsetDeltaOf(bytes, at);
}

/** The offset that follows the batch. */
export function nextOffsetOf(bytes: Uint8Array, at = 0): number {
  return lastOffsetOf(bytes, at) + 1;
}

export function baseTimestampOf(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + baseTimestampAt);
}

export function maxTimestampOf(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + maxTimestampAt);
}

/** Of the records that are there: compaction may have left a header alone, which has kept its times. */
export function latestTimestampOf(bytes: Uint8Array, at = 0): number {
  return recordCountOf(bytes, at) === 0 ? noTimestamp : maxTimestampOf(bytes, at);
}

/** -1: the producer is not idempotent. */
export function producerIdOf(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + producerIdAt);
}

export function producerEpochOf(bytes: Uint8Array, at = 0): number {
  return readInt16(bytes, at + producerEpochAt);
}

/** -1: without sequence. */
export function baseSequenceOf(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + baseSequenceAt);
}

/** The sequence number of the last record. After 2^31 - 1 comes 0. */
export function lastSequenceOf(bytes: Uint8Array, at = 0): number {
  const base = baseSequenceOf(bytes, at);
  return base < 0 ? base : (base + lastOffsetDeltaOf(bytes, at)) % 0x8000_0000;
}

/** Records in the batch. Compaction leaves fewer than there are offsets, down to none. */
export function recordCountOf(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + recordCountAt);
}

/** Whether every 64-bit field of the header is one that a number holds exactly. */
export function hasExactNumbers(bytes: Uint8Array, at = 0): boolean {
  return (
    Number.isSafeInteger(baseOffsetOf(bytes, at)) &&
    Number.isSafeInteger(baseTimestampOf(bytes, at)) &&
    Number.isSafeInteger(maxTimestampOf(bytes, at)) &&
    Number.isSafeInteger(producerIdOf(bytes, at))
  );
}

// ---------------------------------------------------------------- many batches in a row

/** What `batchSizeAt` says of a length that no batch can have. */
export const impossibleBatch = -1;

/**
 * The size of the batch that begins at `at`: 0 when it does not end before `end` (more bytes are
 * needed, or the tail is torn), `impossibleBatch` when its length or its magic cannot be right.
 */
export function batchSizeAt(bytes: Uint8Array, at: number, end = bytes.length): number {
  if (end - at < bytesUpToMagic) return 0;
  const size = batchSizeOf(bytes, at);
  if (magicOf(bytes, at) !== 2 || size < recordsAt) return impossibleBatch;
  return size > end - at ? 0 : size;
}

/** The checksum that the batch ought to have. The whole batch must be there. */
export function computeCrc(bytes: Uint8Array, at = 0): number {
  return crc32c(bytes, at + attributesAt, at + batchSizeOf(bytes, at));
}

export function isCrcRight(bytes: Uint8Array, at = 0): boolean {
  return computeCrc(bytes, at) === crcOf(bytes, at);
}

// ---------------------------------------------------------------- stamping in place

/** Outside the checksum. */
export function stampBaseOffset(bytes: Uint8Array, at: number, baseOffset: number): void {
  writeInt64(bytes, at + baseOffsetAt, baseOffset);
}

/** Outside the checksum. */
export function stampLeaderEpoch(bytes: Uint8Array, at: number, leaderEpoch: number): void {
  writeInt32(bytes, at + leaderEpochAt, leaderEpoch);
}

/**
 * Sets what the batch says of its timestamps and computes the checksum anew; does nothing when the
 * header says so already. With LogAppendTime readers take `maxTimestamp` for every record.
 */
export function stampTimestamps(
  bytes: Uint8Array,
  at: number,
  type: "CreateTime" | "LogAppendTime",
  maxTimestamp: number,
): void {
  const isAppendTime = type === "LogAppendTime";
  if (isLogAppendTime(bytes, at) === isAppendTime && maxTimestampOf(bytes, at) === maxTimestamp) {
    return;
  }
  const low = at + attributesAt + 1;
  bytes[low] = isAppendTime ? bytes[low]! | logAppendTimeBit : bytes[low]! & ~logAppendTimeBit;
  writeInt64(bytes, at + maxTimestampAt, maxTimestamp);
  stampCrc(bytes, at);
}

/** Computes the checksum anew. */
export function stampCrc(bytes: Uint8Array, at = 0): void {
  writeInt32(bytes, at + crcAt, computeCrc(bytes, at));
}
