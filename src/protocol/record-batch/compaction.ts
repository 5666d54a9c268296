// The two things that compaction does to the records inside batches (`MemoryRecords.filterTo` and
// `Cleaner` of Kafka): it takes a digest of every key, and it makes batches anew without the records
// that nobody needs any more. What is to go is decided in between, elsewhere.
//
// A batch that is made anew keeps its base and last offset, its sequences, its producer, its codec, and
// the offsets and timestamps of the records that stay. Control batches and those of transactions are
// not looked into.
//
// Lives on: anywhere (pure). What is compressed is inflated on a job thread (jobs.ts).

import type { HashKey } from "../../base/half-sip-hash.ts";
import { halfSipHash } from "../../base/half-sip-hash.ts";
import { failure, FaultRaised, need } from "../../base/outcome.ts";
import { sizeOfVarlong, VarintReader, writeVarint, writeVarlong } from "../../base/varint.ts";
import { compress } from "../../codec/compression.ts";
import {
  attributesAt,
  baseOffsetOf,
  baseTimestampAt,
  baseTimestampOf,
  batchLengthAt,
  batchSizeAt,
  codecMask,
  deleteHorizonBit,
  isControl,
  isCrcRight,
  isLogAppendTime,
  isTransactional,
  lastOffsetDeltaOf,
  lengthOverhead,
  maxTimestampAt,
  noTimestamp,
  recordCountAt,
  recordCountOf,
  recordsAt,
  stampCrc,
  writeInt32,
  writeInt64,
} from "./header.ts";
import { codecNameOf, recordBytesOf } from "./inflate.ts";

/** Length, attributes, two deltas, two empty fields and no headers. */
const RECORD_BYTES_MIN = 7;
/** What another timestamp delta can add to a record: to the delta, and to the record's length. */
const DELTA_BYTES_MORE_MAX = 9;

/** Whether compaction looks at a batch's records at all. */
export function hasPlainRecords(batch: Uint8Array, at = 0): boolean {
  return !isControl(batch, at) && !isTransactional(batch, at);
}

// ---------------------------------------------------------------- digests of keys

export const WORDS_PER_DIGEST = 4;
const BYTES_PER_ENTRY = WORDS_PER_DIGEST * 4 + 4 + 1;
export const HAS_KEY = 1;
export const HAS_VALUE = 2;

/** What there is to know of every record of some batches, in order; nothing of those not looked into. */
export type KeyDigests = {
  readonly words: Int32Array;
  /** The record's offset less the base offset of its batch. */
  readonly offsetDeltas: Int32Array;
  readonly flags: Uint8Array;
};

export function readKeyDigests(answer: Uint8Array): KeyDigests {
  const count = answer.byteLength / BYTES_PER_ENTRY;
  const { buffer, byteOffset } = answer.byteOffset % 4 === 0 ? answer : answer.slice();
  const deltasAt = count * WORDS_PER_DIGEST * 4;
  return {
    words: new Int32Array(buffer, byteOffset, count * WORDS_PER_DIGEST),
    offsetDeltas: new Int32Array(buffer, byteOffset + deltasAt, count),
    flags: new Uint8Array(buffer, byteOffset + deltasAt + count * 4, count),
  };
}

/** May be used again and again; what was written before is overwritten then. */
export class DigestWriter implements KeyDigests {
  words = new Int32Array(0);
  offsetDeltas = new Int32Array(0);
  flags = new Uint8Array(0);
  count = 0;

  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.flags.length) return;
    const capacity = Math.max(needed, this.flags.length * 2);
    const { words, offsetDeltas, flags } = this;
    this.words = new Int32Array(capacity * WORDS_PER_DIGEST);
    this.offsetDeltas = new Int32Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.words.set(words);
    this.offsetDeltas.set(offsetDeltas);
    this.flags.set(flags);
  }

  finish(): Uint8Array {
    const { count } = this;
    const answer = new Uint8Array(count * BYTES_PER_ENTRY);
    const parts = readKeyDigests(answer);
    parts.words.set(this.words.subarray(0, count * WORDS_PER_DIGEST));
    parts.offsetDeltas.set(this.offsetDeltas.subarray(0, count));
    parts.flags.set(this.flags.subarray(0, count));
    return answer;
  }
}

/** Of whole batches in a row, whose checksums are checked on the way. */
export function digestKeys(
  batches: Uint8Array,
  keys: readonly [HashKey, HashKey],
  inflatedBytesMax: number,
  writer: DigestWriter,
): void {
  writer.count = 0;
  for (const at of soundBatches(batches)) {
    if (hasPlainRecords(batches, at)) digestBatch(batches, at, keys, inflatedBytesMax, writer);
  }
}

function digestBatch(
  batches: Uint8Array,
  at: number,
  [first, second]: readonly [HashKey, HashKey],
  inflatedBytesMax: number,
  writer: DigestWriter,
): void {
  const bytes = need(recordBytesOf(batches, at, inflatedBytesMax));
  const count = countOf(batches, at, bytes);
  writer.reserve(count);
  const reader = new VarintReader(bytes);
  const deltaMax = lastOffsetDeltaOf(batches, at);
  let lastDelta = -1;
  for (let index = 0; index < count; index++) {
    const end = endOfRecord(reader, index);
    reader.at += 1;
    reader.varlong();
    const delta = reader.varint();
    const keyLength = reader.varint();
    const keyAt = reader.at;
    reader.at += Math.max(keyLength, 0);
    const valueLength = reader.varint();
    const isWrong = keyLength < -1 || valueLength < -1 || reader.at > end;
    if (reader.bad || isWrong || delta <= lastDelta || delta > deltaMax) corrupt(index);
    lastDelta = delta;
    const slot = writer.count++;
    writer.offsetDeltas[slot] = delta;
    writer.flags[slot] = (keyLength >= 0 ? HAS_KEY : 0) | (valueLength >= 0 ? HAS_VALUE : 0);
    if (keyLength >= 0) {
      const word = slot * WORDS_PER_DIGEST;
      halfSipHash(bytes, keyAt, keyAt + keyLength, first, writer.words, word);
      halfSipHash(bytes, keyAt, keyAt + keyLength, second, writer.words, word + 2);
    }
    reader.at = end;
  }
  if (reader.at !== bytes.length) corrupt(count);
}

/** Where the record that the reader stands at ends; the reader then stands behind its length. */
function endOfRecord(reader: VarintReader, index: number): number {
  const length = reader.varint();
  const end = reader.at + length;
  if (reader.bad || length < RECORD_BYTES_MIN - 1 || end > reader.end) corrupt(index);
  return end;
}

function countOf(batches: Uint8Array, at: number, bytes: Uint8Array): number {
  const count = recordCountOf(batches, at);
  if (count < 0 || count * RECORD_BYTES_MIN > bytes.length) corrupt(0);
  return count;
}

function* soundBatches(batches: Uint8Array): Generator<number> {
  for (let at = 0; at < batches.length;) {
    const size = batchSizeAt(batches, at);
    if (size <= 0 || !isCrcRight(batches, at)) {
      const detail = `the batch of offset ${baseOffsetOf(batches, at)} is not what was written`;
      throw new FaultRaised(failure("corrupt", detail));
    }
    yield at;
    at += size;
  }
}

function corrupt(index: number): never {
  throw new FaultRaised(failure("corrupt", `record ${index} of a batch cannot be read`));
}

// ---------------------------------------------------------------- batches made anew

/** What becomes of a batch. */
export const Fate = {
  /** Byte for byte as it is. */
  asItIs: 0,
  gone: 1,
  /** Its header stays, for the sake of its last offset or of its producer's last sequence. */
  empty: 2,
  /** Some of its records stay: one bit for each of them follows. */
  fewer: 3,
  /** The same, and its tombstones may go from a time on that is told (KIP-534). */
  fewerWithHorizon: 4,
} as const;
export type Fate = (typeof Fate)[keyof typeof Fate];

/** `fates`: for each of the batches one byte, then its bits where some of its records stay. */
export function rebuildBatches(
  batches: Uint8Array,
  fates: Uint8Array,
  deleteHorizonMs: number,
  inflatedBytesMax: number,
): Uint8Array {
  const made: Uint8Array[] = [];
  let fateAt = 0;
  for (const at of soundBatches(batches)) {
    const batch = batches.subarray(at, at + batchSizeAt(batches, at));
    const fate = fates[fateAt++];
    if (fate === Fate.asItIs) made.push(batch);
    else if (fate === Fate.empty) made.push(emptied(batch));
    else if (fate === Fate.fewer || fate === Fate.fewerWithHorizon) {
      const bits = fates.subarray(fateAt, fateAt + bytesOfBits(recordCountOf(batch)));
      fateAt += bits.length;
      const horizonMs = fate === Fate.fewerWithHorizon ? deleteHorizonMs : undefined;
      made.push(withFewer(batch, bits, horizonMs, inflatedBytesMax));
    }
  }
  return joined(made);
}

export function bytesOfBits(count: number): number {
  return Math.ceil(count / 8);
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >>> 3]! >>> (index & 7)) & 1) === 1;
}

/** As `DefaultRecordBatch.writeEmptyHeader` of Kafka: uncompressed, and without a first timestamp. */
function emptied(batch: Uint8Array): Uint8Array {
  const header = batch.slice(0, recordsAt);
  const low = attributesAt + 1;
  header[low] = header[low]! & ~(codecMask | deleteHorizonBit);
  writeInt32(header, batchLengthAt, recordsAt - lengthOverhead);
  writeInt64(header, baseTimestampAt, noTimestamp);
  writeInt32(header, recordCountAt, 0);
  stampCrc(header);
  return header;
}

type Kept = {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly maxTimestamp: number;
};

function withFewer(
  batch: Uint8Array,
  bits: Uint8Array,
  horizonMs: number | undefined,
  inflatedBytesMax: number,
): Uint8Array {
  // There is one: its records have been inflated.
  const codec = codecNameOf(batch)!;
  const baseTimestamp = horizonMs ?? baseTimestampOf(batch);
  const kept = keepRecords(batch, bits, baseTimestamp, inflatedBytesMax);
  const stored = compress(codec, kept.bytes);
  const made = new Uint8Array(recordsAt + stored.byteLength);
  made.set(batch.subarray(0, recordsAt));
  made.set(stored, recordsAt);
  if (horizonMs !== undefined) made[attributesAt + 1]! |= deleteHorizonBit;
  writeInt32(made, batchLengthAt, made.byteLength - lengthOverhead);
  writeInt64(made, baseTimestampAt, baseTimestamp);
  // With LogAppendTime readers take it for every record.
  if (!isLogAppendTime(batch)) writeInt64(made, maxTimestampAt, kept.maxTimestamp);
  writeInt32(made, recordCountAt, kept.count);
  stampCrc(made);
  return made;
}

/** The records with a bit, as they stand in a batch with that base timestamp. */
function keepRecords(
  batch: Uint8Array,
  bits: Uint8Array,
  baseTimestamp: number,
  inflatedBytesMax: number,
): Kept {
  const bytes = need(recordBytesOf(batch, 0, inflatedBytesMax));
  const total = countOf(batch, 0, bytes);
  const shift = baseTimestampOf(batch) - baseTimestamp;
  const kept = new Uint8Array(bytes.length + (shift === 0 ? 0 : total * DELTA_BYTES_MORE_MAX));
  const reader = new VarintReader(bytes);
  let count = 0;
  let at = 0;
  let maxTimestamp = noTimestamp;
  for (let index = 0; index < total; index++) {
    const from = reader.at;
    const end = endOfRecord(reader, index);
    const attributes = bytes[reader.at++]!;
    const delta = reader.varlong();
    if (reader.bad || !Number.isSafeInteger(delta + shift)) corrupt(index);
    if (hasBit(bits, index)) {
      count += 1;
      maxTimestamp = Math.max(maxTimestamp, baseTimestampOf(batch) + delta);
      if (shift === 0) {
        kept.set(bytes.subarray(from, end), at);
        at += end - from;
      } else {
        at = writeVarint(kept, at, 1 + sizeOfVarlong(delta + shift) + end - reader.at);
        kept[at++] = attributes;
        at = writeVarlong(kept, at, delta + shift);
        kept.set(bytes.subarray(reader.at, end), at);
        at += end - reader.at;
      }
    }
    reader.at = end;
  }
  return { bytes: kept.subarray(0, at), count, maxTimestamp };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
