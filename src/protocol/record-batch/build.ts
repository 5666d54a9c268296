// Makes record batches: for clients, for the node's own logs and for tests. Records are written one
// after the other into one buffer that grows; nothing is kept of them but their bytes.
//
// Lives on: anywhere (pure). Hot in clients.

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

type Headers = readonly { readonly key: string; readonly value: Uint8Array | null }[];

export type RecordDraft = {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Headers;
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

/** Room for the header and a few records. */
const FIRST_BYTES = 512;

export class BatchBuilder {
  readonly #options: BatchOptions;
  /** The header's place is left free; it is written last. */
  #bytes = firstBytes();
  #at = recordsAt;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;

  constructor(options: BatchOptions = {}) {
    this.#options = options;
  }

  get recordCount(): number {
    return this.#count;
  }

  /** What the batch would have without compression. */
  get sizeBytes(): number {
    return this.#at;
  }

  append({ key = null, value, headers, timestampMs }: RecordDraft): void {
    if (this.#count === 0) this.#baseTimestamp = this.#maxTimestamp = timestampMs;
    else if (timestampMs > this.#maxTimestamp) this.#maxTimestamp = timestampMs;
    const delta = timestampMs - this.#baseTimestamp;
    const index = this.#count++;
    let size = 1 + sizeOfVarlong(delta) + sizeOfVarint(index) + sizeOfBytes(key);
    size += sizeOfBytes(value) + (headers === undefined ? 1 : sizeOfHeaders(headers));
    const bytes = this.#room(size + sizeOfVarint(size));
    let at = writeVarint(bytes, this.#at, size);
    bytes[at++] = 0; // attributes, unused
    at = writeVarlong(bytes, at, delta);
    at = writeVarint(bytes, at, index);
    at = writeBytes(bytes, at, key);
    at = writeBytes(bytes, at, value);
    this.#at = headers === undefined ? writeVarint(bytes, at, 0) : writeHeaders(bytes, at, headers);
  }

  /** The whole batch with its checksum. At least one record. The builder is of no use afterwards. */
  build(): Uint8Array<ArrayBuffer> {
    if (this.#count === 0) throw new RangeError("a batch needs at least one record");
    const { compression = "none", compressionLevel } = this.#options;
    const batch =
      compression === "none"
        ? this.#bytes.slice(0, this.#at)
        : withRoom(
            compress(compression, this.#bytes.subarray(recordsAt, this.#at), compressionLevel),
          );
    const count = this.#count;
    const baseTimestamp = this.#baseTimestamp;
    writeHeader(batch, this.#options, { count, baseTimestamp, maxTimestamp: this.#maxTimestamp });
    return batch;
  }

  #room(size: number): Uint8Array {
    const needed = this.#at + size;
    if (needed > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
      larger.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** A whole batch with its checksum. At least one record. */
export function buildBatch(
  records: readonly RecordDraft[],
  options: BatchOptions = {},
): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder(options);
  for (const record of records) builder.append(record);
  return builder.build();
}

/** Of the pool that Node cuts small buffers from; what is built is copied out of it. */
function firstBytes(): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafe(FIRST_BYTES);
  return new Uint8Array(buffer, byteOffset, FIRST_BYTES);
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

function sizeOfBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.byteLength) + bytes.byteLength;
}

function writeBytes(bytes: Uint8Array, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(bytes, at, -1);
  const length = value.byteLength;
  at = writeVarint(bytes, at, length);
  // A call to `set` costs as much as this many bytes in a loop.
  if (length > 24) bytes.set(value, at);
  else for (let i = 0; i < length; i++) bytes[at + i] = value[i]!;
  return at + length;
}

function sizeOfHeaders(headers: Headers): number {
  let size = sizeOfVarint(headers.length);
  for (const { key, value } of headers) {
    const keyBytes = sizeOfUtf8(key);
    size += sizeOfVarint(keyBytes) + keyBytes + sizeOfBytes(value);
  }
  return size;
}

function writeHeaders(bytes: Uint8Array, at: number, headers: Headers): number {
  at = writeVarint(bytes, at, headers.length);
  for (const { key, value } of headers) {
    at = writeVarint(bytes, at, sizeOfUtf8(key));
    at = writeUtf8(bytes, at, key);
    at = writeBytes(bytes, at, value);
  }
  return at;
}

const utf8 = new TextEncoder();

/** Keys of headers are short and plain nearly always: a loop is faster than the encoder then. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

function sizeOfUtf8(text: string): number {
  return isPlain(text) ? text.length : utf8.encode(text).byteLength;
}

function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  if (!isPlain(text)) return at + utf8.encodeInto(text, bytes.subarray(at)).written;
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
