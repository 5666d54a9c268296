// What a node asks of a batch before it stores it: the checks of Kafka's ProduceRequest, UnifiedLog
// and LogValidator. The header first, then a walk over every record that reads lengths, offsets and
// timestamps and touches neither keys nor values, and makes no object for a record.
//
// Lives on: anywhere (pure). Hot: once per produced batch.

import { VarintReader } from "../../base/varint.ts";
import type { CodecName } from "../../codec/compression.ts";
import { codecNames, decompress } from "../../codec/compression.ts";
import { ErrorCode } from "../error-codes.ts";
import {
  attributesOf,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  batchSizeAt,
  codecOf,
  hasExactNumbers,
  impossibleBatch,
  isControl,
  isCrcRight,
  isLogAppendTime,
  lastOffsetDeltaOf,
  magicAt,
  magicOf,
  noProducerId,
  noTimestamp,
  producerIdOf,
  recordCountOf,
  recordsAt,
} from "./header.ts";

export type ProduceRules = {
  readonly maxMessageBytes: number;
  /** Every record needs a key. */
  readonly compacted: boolean;
  readonly timestampType: "CreateTime" | "LogAppendTime";
  readonly beforeMaxMs: number;
  readonly afterMaxMs: number;
  readonly nowMs: number;
  /** Since Produce version 7. */
  readonly zstdAllowed: boolean;
  /** What a compressed batch may become at most. */
  readonly inflatedBytesMax: number;
};

export type RecordFault = { readonly batchIndex: number; readonly message: string };

export type BatchRefusal = {
  readonly ok: false;
  readonly errorCode: ErrorCode;
  readonly message: string;
  readonly recordErrors: readonly RecordFault[];
};

export type BatchAccepted = {
  readonly ok: true;
  readonly recordCount: number;
  /** The largest of all records, and which record has it first. */
  readonly maxTimestamp: number;
  readonly maxTimestampIndex: number;
};

export type BatchCheck = BatchAccepted | BatchRefusal;

/** Faults told one by one; a batch with more of them is refused all the same. */
const RECORD_FAULTS_MAX = 100;

function refuse(
  errorCode: ErrorCode,
  message: string,
  recordErrors: readonly RecordFault[] = [],
): BatchRefusal {
  return { ok: false, errorCode, message, recordErrors };
}

const invalid = (message: string) => refuse(ErrorCode.INVALID_RECORD, message);
const corrupt = (message: string) => refuse(ErrorCode.CORRUPT_MESSAGE, message);

export function codecNameOf(batch: Uint8Array, at = 0): CodecName | undefined {
  return codecNames[codecOf(batch, at)];
}

/** All checks on one produced batch. */
export function checkProducedBatch(batch: Uint8Array, rules: ProduceRules): BatchCheck {
  return checkHeader(batch, rules) ?? checkRecords(batch, rules);
}

/** Everything that the header and the checksum can tell. */
export function checkHeader(batch: Uint8Array, rules: ProduceRules): BatchRefusal | undefined {
  if (batch.byteLength > magicAt && magicOf(batch) < 2) {
    return invalid(`record format ${magicOf(batch)} is not supported any more, only 2 is`);
  }
  const size = batchSizeAt(batch, 0);
  if (size === impossibleBatch) return corrupt("the batch's length or magic cannot be right");
  if (size === 0) return corrupt(`the batch is cut short: ${batch.byteLength} bytes are there`);
  if (size < batch.byteLength) return invalid("more than one batch for the partition");
  if (!isCrcRight(batch)) return corrupt("the checksum does not match");
  if (size > rules.maxMessageBytes) {
    const most = rules.maxMessageBytes;
    return refuse(
      ErrorCode.MESSAGE_TOO_LARGE,
      `the batch has ${size} bytes, the topic takes at most ${most} (max.message.bytes)`,
    );
  }
  const codec = codecNameOf(batch);
  if (codec === undefined) {
    return invalid(`unknown compression ${codecOf(batch)} (attributes ${attributesOf(batch)})`);
  }
  if (codec === "zstd" && !rules.zstdAllowed) {
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "zstd needs Produce version 7");
  }
  if (!hasExactNumbers(batch)) return invalid("an offset, timestamp or id is beyond 53 bits");
  if (baseOffsetOf(batch) !== 0) {
    return invalid(`the base offset is ${baseOffsetOf(batch)}, a producer has to send 0`);
  }
  const count = recordCountOf(batch);
  if (count <= 0 || lastOffsetDeltaOf(batch) !== count - 1) {
    return invalid(`the header counts ${count} records up to ${lastOffsetDeltaOf(batch)}`);
  }
  if (isControl(batch)) return invalid("a client must not write control batches");
  if (producerIdOf(batch) !== noProducerId && baseSequenceOf(batch) < 0) {
    return invalid(`producer ${producerIdOf(batch)} sent sequence ${baseSequenceOf(batch)}`);
  }
  return undefined;
}

/** The walk over the records. The header has been checked. */
export function checkRecords(batch: Uint8Array, rules: ProduceRules): BatchCheck {
  const codec = codecNameOf(batch) ?? "none";
  if (codec === "none") return walkRecords(batch, recordsAt, batch, rules);
  const inflated = decompress(codec, batch.subarray(recordsAt), rules.inflatedBytesMax);
  if (inflated.ok) return walkRecords(inflated.value, 0, batch, rules);
  if (inflated.fault === "tooLarge") {
    return refuse(ErrorCode.MESSAGE_TOO_LARGE, inflated.detail);
  }
  return corrupt(inflated.detail);
}

/** What a walk found so far; one object per batch. */
class Walk {
  readonly faults: RecordFault[] = [];
  errorCode: ErrorCode = ErrorCode.NONE;
  maxTimestamp = noTimestamp;
  maxTimestampIndex = 0;

  fault(errorCode: ErrorCode, batchIndex: number, message: string): void {
    if (this.errorCode === ErrorCode.NONE) this.errorCode = errorCode;
    if (this.faults.length < RECORD_FAULTS_MAX) this.faults.push({ batchIndex, message });
  }
}

/** Walks over the records that stand in `bytes` from `at` on; `batch` is the header they belong to. */
export function walkRecords(
  bytes: Uint8Array,
  at: number,
  batch: Uint8Array,
  rules: ProduceRules,
): BatchCheck {
  const count = recordCountOf(batch);
  const baseTimestamp = baseTimestampOf(batch);
  const appendTimeBatch = isLogAppendTime(batch);
  const createTime = rules.timestampType === "CreateTime";
  const earliest = rules.nowMs - rules.beforeMaxMs;
  const latest = rules.nowMs + rules.afterMaxMs;
  const walk = new Walk();
  const reader = new RecordReader(bytes, at);
  for (let index = 0; index < count; index++) {
    const length = reader.int();
    const end = reader.at + length;
    if (reader.bad || length <= 0 || end > bytes.length) {
      return invalid(`record ${index} of ${count} is cut short`);
    }
    reader.at += 1; // attributes, unused
    const timestamp = baseTimestamp + reader.long();
    if (reader.int() !== index || reader.bad) {
      return invalid(`record ${index} does not have offset delta ${index}`);
    }
    const keyLength = reader.skipBytes(end);
    const valueLength = reader.skipBytes(end);
    if (keyLength < -1 || valueLength < -1 || !reader.skipHeaders(end) || reader.at !== end) {
      return invalid(`record ${index} is not what its lengths say`);
    }
    if (rules.compacted && keyLength === -1) {
      const why = "a compacted topic takes no record without a key";
      walk.fault(ErrorCode.INVALID_RECORD, index, why);
    }
    if (createTime && timestamp !== noTimestamp) {
      if (timestamp < earliest || timestamp > latest) {
        const why = `timestamp ${timestamp} is outside ${earliest} to ${latest}`;
        walk.fault(ErrorCode.INVALID_TIMESTAMP, index, why);
      }
    } else if (appendTimeBatch) {
      const why = "only the node may mark a batch with LogAppendTime";
      walk.fault(ErrorCode.INVALID_TIMESTAMP, index, why);
    }
    if (timestamp > walk.maxTimestamp) {
      walk.maxTimestamp = timestamp;
      walk.maxTimestampIndex = index;
    }
  }
  if (reader.at !== bytes.length) {
    return invalid(`${bytes.length - reader.at} bytes follow the ${count} records counted`);
  }
  if (walk.errorCode !== ErrorCode.NONE) {
    return refuse(walk.errorCode, "the batch holds records that cannot be taken", walk.faults);
  }
  const { maxTimestamp, maxTimestampIndex } = walk;
  return { ok: true, recordCount: count, maxTimestamp, maxTimestampIndex };
}

/** Nearly every varint of a record is one or two bytes long: those are read without a loop. */
class RecordReader extends VarintReader {
  int(): number {
    const at = this.at;
    const first = this.bytes[at];
    if (first === undefined) return this.varint();
    if (first < 0x80) {
      this.at = at + 1;
      return (first >>> 1) ^ -(first & 1);
    }
    const second = this.bytes[at + 1];
    if (second === undefined || second >= 0x80) return this.varint();
    this.at = at + 2;
    const raw = (first & 0x7f) | (second << 7);
    return (raw >>> 1) ^ -(raw & 1);
  }

  long(): number {
    const first = this.bytes[this.at];
    if (first === undefined || first >= 0x80) return this.varlong();
    this.at += 1;
    return (first >>> 1) ^ -(first & 1);
  }

  /** Moves past a length and its bytes. Gives the length, -1 for null, -2 for an impossible one. */
  skipBytes(end: number): number {
    const length = this.int();
    if (this.bad || length < -1 || length > end - this.at) return -2;
    if (length > 0) this.at += length;
    return length;
  }

  skipHeaders(end: number): boolean {
    const count = this.int();
    if (count === 0) return true;
    // A header takes two bytes at least.
    if (this.bad || count < 0 || count * 2 > end - this.at) return false;
    for (let i = 0; i < count; i++) {
      if (this.skipBytes(end) < 0) return false;
      if (this.skipBytes(end) < -1) return false;
    }
    return true;
  }
}
