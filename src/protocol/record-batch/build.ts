// Makes record batches: for clients, for the node's own logs and for tests.
//
// Lives on: anywhere (pure).

import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "../../base/varint.ts";
import type { CodecName } from "../../codec/compression.ts";
import { codecNumber, compress } from "../../codec/compression.ts";
import {
  attributesAt,
  baseOffsetAt,
  baseSequenceAt,
  baseTimestampAt,
  batchLengthAt,
  codecMask,
  controlBit,
  lastOffsetDeltaAt,
  leaderEpochAt,
  lengthOverhead,
  logAppendTimeBit,
  magicAt,
  maxTimestampAt,
  producerEpochAt,
  producerIdAt,
  recordCountAt,
  recordsAt,
  stampCrc,
  transactionalBit,
  writeInt16,
  writeInt32,
  writeInt64,
} from "./header.ts";

export type RecordDraft = {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  readonly timestampMs: number;
};

export type BatchOptions = {
  readonly compression?: CodecName;
  readonly compressionLevel?: number;
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly logAppendTimeMs?: number;
};

const utf8 = new TextEncoder();

type Sized = {
  readonly draft: RecordDraft;
  readonly headers: readonly SizedHeader[];
  size: number;
};
type SizedHeader = { readonly key: Uint8Array; readonly value: Uint8Array | null };

function sizeOfBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.byteLength) + bytes.byteLength;
}

/** A whole batch with its checksum. At least one record. */
export function buildBatch(
  records: readonly RecordDraft[],
  options: BatchOptions = {},
): Uint8Array<ArrayBuffer> {
  const [first] = records;
  if (first === undefined) throw new RangeError("a batch needs at least one record");
  const baseTimestamp = first.timestampMs;
  let maxTimestamp = baseTimestamp;
  let total = 0;
  const sized = records.map((draft, index): Sized => {
    maxTimestamp = Math.max(maxTimestamp, draft.timestampMs);
    const headers = (draft.headers ?? []).map(({ key, value }) => ({
      key: utf8.encode(key),
      value,
    }));
    let size = 1 + sizeOfVarlong(draft.timestampMs - baseTimestamp) + sizeOfVarint(index);
    size += sizeOfBytes(draft.key ?? null) + sizeOfBytes(draft.value);
    size += sizeOfVarint(headers.length);
    for (const { key, value } of headers) size += sizeOfBytes(key) + sizeOfBytes(value);
    total += sizeOfVarint(size) + size;
    return { draft, headers, size };
  });
  const { compression = "none", compressionLevel } = options;
  const plain = new Uint8Array(compression === "none" ? recordsAt + total : total);
  let at = compression === "none" ? recordsAt : 0;
  sized.forEach((record, index) => {
    at = writeRecord(plain, at, record, index, baseTimestamp);
  });
  const batch =
    compression === "none" ? plain : withRoom(compress(compression, plain, compressionLevel));
  writeHeader(batch, options, { count: records.length, baseTimestamp, maxTimestamp });
  return batch;
}

function withRoom(records: Uint8Array): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(recordsAt + records.byteLength);
  batch.set(records, recordsAt);
  return batch;
}

function writeHeader(
  batch: Uint8Array,
  options: BatchOptions,
  facts: { count: number; baseTimestamp: number; maxTimestamp: number },
): void {
  const { compression = "none", logAppendTimeMs } = options;
  let attributes = codecNumber(compression) & codecMask;
  if (options.transactional === true) attributes |= transactionalBit;
  if (options.control === true) attributes |= controlBit;
  if (logAppendTimeMs !== undefined) attributes |= logAppendTimeBit;
  writeInt64(batch, baseOffsetAt, options.baseOffset ?? 0);
  writeInt32(batch, batchLengthAt, batch.byteLength - lengthOverhead);
  writeInt32(batch, leaderEpochAt, options.leaderEpoch ?? -1);
  batch[magicAt] = 2;
  writeInt16(batch, attributesAt, attributes);
  writeInt32(batch, lastOffsetDeltaAt, facts.count - 1);
  writeInt64(batch, baseTimestampAt, facts.baseTimestamp);
  writeInt64(batch, maxTimestampAt, logAppendTimeMs ?? facts.maxTimestamp);
  writeInt64(batch, producerIdAt, options.producerId ?? -1);
  writeInt16(batch, producerEpochAt, options.producerEpoch ?? -1);
  writeInt32(batch, baseSequenceAt, options.baseSequence ?? -1);
  writeInt32(batch, recordCountAt, facts.count);
  stampCrc(batch);
}

function writeRecord(
  bytes: Uint8Array,
  start: number,
  { draft, headers, size }: Sized,
  index: number,
  baseTimestamp: number,
): number {
  let at = writeVarint(bytes, start, size);
  bytes[at++] = 0;
  at = writeVarlong(bytes, at, draft.timestampMs - baseTimestamp);
  at = writeVarint(bytes, at, index);
  at = writeBytes(bytes, at, draft.key ?? null);
  at = writeBytes(bytes, at, draft.value);
  at = writeVarint(bytes, at, headers.length);
  for (const { key, value } of headers) {
    at = writeBytes(bytes, at, key);
    at = writeBytes(bytes, at, value);
  }
  return at;
}

function writeBytes(bytes: Uint8Array, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(bytes, at, -1);
  const start = writeVarint(bytes, at, value.byteLength);
  bytes.set(value, start);
  return start + value.byteLength;
}
