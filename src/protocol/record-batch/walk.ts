// The walk over every record of a produced batch: lengths, offsets, timestamps and the presence of
// keys, as Kafka's LogValidator asks. It makes no object for a record and reads neither keys nor
// values.
//
// Most records are alike: every number in them fits one or two bytes and there are no headers. These
// are read by `skipSimple`, in about 10 ns; whatever does not look like one goes to `Walk.record`,
// which reads everything there can be and is the only one to complain.
//
// Lives on: anywhere (pure). Hot: once per produced record.

import { VarintReader } from "../../base/varint.ts";
import { ErrorCode } from "../error-codes.ts";
import type { BatchCheck, BatchRefusal, ProduceRules, RecordFault } from "./check-result.ts";
import { invalid, refuse } from "./check-result.ts";
import {
  baseTimestampOf,
  isLogAppendTime,
  maxTimestampOf,
  noTimestamp,
  recordCountOf,
} from "./header.ts";

/** Faults told one by one; a batch with more of them is refused all the same. */
const RECORD_FAULTS_MAX = 100;
/** What a varint of two bytes stays below, before its sign is taken off. */
const twoBytes = 0x4000;

/** Walks over the records that stand in `bytes` from `at` on; `batch` is the header they belong to. */
export function walkRecords(
  bytes: Uint8Array,
  at: number,
  batch: Uint8Array,
  rules: ProduceRules,
): BatchCheck {
  const walk = new Walk(bytes, batch, rules);
  const { count, needsKeys, earliest, latest } = walk;
  let maxDelta = -Infinity;
  let maxIndex = 0;
  for (let index = 0; index < count; index++) {
    let next = skipSimple(bytes, at, index, walk);
    if (next < 0) {
      next = walk.record(at, index);
      if (next < 0) return walk.refusal!;
    }
    at = next;
    const { delta } = walk;
    if (delta > maxDelta) {
      maxDelta = delta;
      maxIndex = index;
    }
    if (delta < earliest || delta > latest || (needsKeys && !walk.hasKey)) walk.judge(index);
  }
  if (at !== bytes.length) {
    return invalid(`${bytes.length - at} bytes follow the ${count} records counted`);
  }
  return walk.result(maxDelta, maxIndex);
}

/**
 * Where the record at `at` ends; -1 when it is not a simple one. Tells `walk` its timestamp delta and
 * whether it has a key. Reads past the end give `undefined`, which no comparison lets through.
 */
function skipSimple(bytes: Uint8Array, at: number, index: number, walk: Walk): number {
  let byte = bytes[at++]!;
  if (byte >= 0x80) byte = (byte & 0x7f) | (bytes[at++]! << 7);
  // Raw values that are even are not negative.
  if (byte >= twoBytes || (byte & 1) !== 0) return -1;
  const end = at + (byte >>> 1);
  if (end > bytes.length) return -1;

  at += 1; // attributes, unused
  byte = bytes[at++]!;
  if (byte >= 0x80) byte = (byte & 0x7f) | (bytes[at++]! << 7);
  if (byte >= twoBytes) return -1;
  walk.delta = (byte >>> 1) ^ -(byte & 1);

  // The offset delta can have one value only, so its bytes can only be these.
  const offset = index << 1;
  if (offset < 0x80) {
    if (bytes[at++] !== offset) return -1;
  } else if (offset < twoBytes) {
    if (bytes[at] !== ((offset & 0x7f) | 0x80) || bytes[at + 1] !== offset >>> 7) return -1;
    at += 2;
  } else {
    if (bytes[at] !== ((offset & 0x7f) | 0x80) || bytes[at + 2] !== offset >>> 14) return -1;
    if (bytes[at + 1] !== (((offset >>> 7) & 0x7f) | 0x80)) return -1;
    at += 3;
  }

  byte = bytes[at++]!;
  walk.hasKey = byte !== 1;
  if (byte !== 1) {
    if (byte >= 0x80) byte = (byte & 0x7f) | (bytes[at++]! << 7);
    if (byte >= twoBytes || (byte & 1) !== 0) return -1;
    at += byte >>> 1;
    if (at >= end) return -1;
  }
  byte = bytes[at++]!;
  if (byte !== 1) {
    if (byte >= 0x80) byte = (byte & 0x7f) | (bytes[at++]! << 7);
    if (byte >= twoBytes || (byte & 1) !== 0) return -1;
    at += byte >>> 1;
  }
  // What is left must be the count of headers: none.
  return at === end - 1 && bytes[at] === 0 ? end : -1;
}

/** The state of one walk; the only object it makes, but for what it finds wrong. */
class Walk {
  readonly count: number;
  readonly needsKeys: boolean;
  /** Bounds of the timestamps as deltas from the base timestamp. */
  readonly earliest: number;
  readonly latest: number;

  /** Of the record read last. */
  delta = 0;
  hasKey = false;
  refusal: BatchRefusal | undefined;

  readonly #reader: VarintReader;
  readonly #rules: ProduceRules;
  readonly #baseTimestamp: number;
  /** All records have this timestamp; `undefined`: each has its own. */
  readonly #appendTime: number | undefined;
  readonly #faults: RecordFault[] = [];
  #badTimestamps = 0;

  constructor(bytes: Uint8Array, batch: Uint8Array, rules: ProduceRules) {
    this.count = recordCountOf(batch);
    this.needsKeys = rules.compacted;
    this.#reader = new VarintReader(bytes);
    this.#rules = rules;
    this.#baseTimestamp = baseTimestampOf(batch);
    this.#appendTime = isLogAppendTime(batch) ? maxTimestampOf(batch) : undefined;
    const ownTimes = rules.timestampType === "CreateTime" && this.#appendTime === undefined;
    this.earliest = ownTimes ? rules.nowMs - rules.beforeMaxMs - this.#baseTimestamp : -Infinity;
    this.latest = ownTimes ? rules.nowMs + rules.afterMaxMs - this.#baseTimestamp : Infinity;
  }

  /** Reads any record at all. Where it ends; -1 when it is none, and `refusal` says why. */
  record(at: number, index: number): number {
    const reader = this.#reader;
    reader.at = at;
    const length = reader.varint();
    const end = reader.at + length;
    if (reader.bad || length <= 0 || end > reader.bytes.length) {
      return this.#refuse(`record ${index} of ${this.count} is cut short`);
    }
    reader.at += 1; // attributes, unused
    this.delta = reader.varlong();
    if (reader.varint() !== index || reader.bad) {
      return this.#refuse(`record ${index} does not have offset delta ${index}`);
    }
    const keyLength = skipBytes(reader, end);
    const valueLength = skipBytes(reader, end);
    this.hasKey = keyLength >= 0;
    if (keyLength < -1 || valueLength < -1 || !skipHeaders(reader, end) || reader.at !== end) {
      return this.#refuse(`record ${index} is not what its lengths say`);
    }
    return end;
  }

  /** Something about the record read last is not as the topic wants it. */
  judge(index: number): void {
    if (this.needsKeys && !this.hasKey) {
      return this.#fault(index, "a compacted topic takes no record without a key");
    }
    const timestamp = this.#baseTimestamp + this.delta;
    if (timestamp !== noTimestamp) this.#outOfBounds(index, timestamp);
  }

  result(maxDelta: number, maxIndex: number): BatchCheck {
    const appendTime = this.#appendTime;
    if (appendTime !== undefined) this.#judgeAppendTime(appendTime);
    if (this.#badTimestamps > 0 || this.#faults.length > 0) {
      const code = this.#badTimestamps > 0 ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD;
      return refuse(code, "the batch holds records that the topic does not take", this.#faults);
    }
    const found = appendTime ?? this.#baseTimestamp + maxDelta;
    if (found > Number.MAX_SAFE_INTEGER) {
      return refuse(ErrorCode.INVALID_TIMESTAMP, "a timestamp is beyond 53 bits");
    }
    const recordCount = this.count;
    if (found <= noTimestamp) {
      return { ok: true, recordCount, maxTimestamp: noTimestamp, maxTimestampIndex: 0 };
    }
    const maxTimestampIndex = appendTime === undefined ? maxIndex : 0;
    return { ok: true, recordCount, maxTimestamp: found, maxTimestampIndex };
  }

  /** A producer may mark its batch with LogAppendTime only where the node takes the mark off again. */
  #judgeAppendTime(timestamp: number): void {
    const { timestampType, nowMs, beforeMaxMs, afterMaxMs } = this.#rules;
    const isRefused = timestampType === "LogAppendTime" || timestamp === noTimestamp;
    const isOut = timestamp < nowMs - beforeMaxMs || timestamp > nowMs + afterMaxMs;
    if (!isRefused && !isOut) return;
    for (let index = 0; index < Math.min(this.count, RECORD_FAULTS_MAX); index++) {
      if (!isRefused) this.#outOfBounds(index, timestamp);
      else this.#badTimestamp(index, "only the node may mark a batch with LogAppendTime");
    }
  }

  #outOfBounds(index: number, timestamp: number): void {
    const { nowMs, beforeMaxMs, afterMaxMs } = this.#rules;
    const bounds = `${nowMs - beforeMaxMs} to ${nowMs + afterMaxMs}`;
    this.#badTimestamp(index, `timestamp ${timestamp} is outside ${bounds}`);
  }

  #badTimestamp(index: number, message: string): void {
    this.#badTimestamps += 1;
    this.#fault(index, message);
  }

  #fault(batchIndex: number, message: string): void {
    if (this.#faults.length < RECORD_FAULTS_MAX) this.#faults.push({ batchIndex, message });
  }

  #refuse(message: string): -1 {
    this.refusal = invalid(message);
    return -1;
  }
}

/** Moves past a length and its bytes. Gives the length, -1 for null, -2 for one that cannot be. */
function skipBytes(reader: VarintReader, end: number): number {
  const length = reader.varint();
  if (reader.bad || length < -1 || length > end - reader.at) return -2;
  if (length > 0) reader.at += length;
  return length;
}

function skipHeaders(reader: VarintReader, end: number): boolean {
  const count = reader.varint();
  // A header takes two bytes at least.
  if (reader.bad || count < 0 || count * 2 > end - reader.at) return false;
  for (let i = 0; i < count; i++) {
    if (skipBytes(reader, end) < 0) return false;
    if (skipBytes(reader, end) < -1) return false;
  }
  return true;
}
