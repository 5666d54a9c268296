// Checks a produced batch and brings it into the form in which it is stored. Nearly all are done on
// the spot; a large one that has to be inflated or compressed anew goes to the job pool, for it would
// hold up every other partition of the host. The write lane keeps the order.
//
// Lives on: host thread (part of the partition actor). Hot.

import type { Fault, Outcome } from "../../base/outcome.ts";
import type { TopicSettings } from "../../config/topic-config.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { refuse } from "../../protocol/record-batch/check-result.ts";
import type {
  BatchAccepted,
  BatchCheck,
  BatchRefusal,
  CodecName,
  ProduceRules,
} from "../../protocol/record-batch.ts";
import {
  checkHeader,
  checkRecords,
  checkSize,
  codecNameOf,
  readBatchCheck,
  recompress,
  stampTimestamps,
} from "../../protocol/record-batch.ts";
import type { Routine } from "../../runtime/routine.ts";
import { runJob } from "../../runtime/routine.ts";

/** Larger compressed batches are inflated elsewhere... */
const ON_THE_SPOT_BYTES_MAX = 64 * 1024;
/**
 * ...but for LZ4, which takes as long as the checksum and the walk of as many plain bytes. The way to a
 * job thread and back would cost more: 2.6 CPU s per GiB and not 1.8 (row `lz4`).
 */
const ON_THE_SPOT_LZ4_BYTES_MAX = 512 * 1024;
/** ...and small ones that turn out to hold more than this. */
const ON_THE_SPOT_INFLATED_BYTES_MAX = 1024 * 1024;
/** What a compressed batch may become; more is taken for a bomb. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;

/** The batch as it will be stored, but for its offset and leader epoch. */
export type CheckedBatch = Uint8Array | BatchRefusal;

export function isRefusal(checked: CheckedBatch): checked is BatchRefusal {
  return "ok" in checked;
}

export function rulesFor(
  config: TopicSettings,
  produceVersion: number,
  nowMs: number,
): ProduceRules {
  return {
    maxMessageBytes: config.maxMessageBytes,
    segmentBytes: config.segmentBytes,
    compacted: config.cleanupPolicy.includes("compact"),
    timestampType: config.messageTimestampType,
    beforeMaxMs: config.messageTimestampBeforeMaxMs,
    afterMaxMs: config.messageTimestampAfterMaxMs,
    nowMs,
    zstdAllowed: produceVersion >= 7,
    inflatedBytesMax: inflatedBytesMaxFor(config),
  };
}

export function inflatedBytesMaxFor({ maxMessageBytes }: TopicSettings): number {
  return Math.max(INFLATED_BYTES_MAX, maxMessageBytes);
}

/** Undefined: too much work for this thread. */
export function checkOnTheSpot(
  batch: Uint8Array,
  config: TopicSettings,
  rules: ProduceRules,
): CheckedBatch | undefined {
  const refusal = checkHeader(batch, rules);
  if (refusal !== undefined) return refusal;
  const codec = codecNameOf(batch);
  const target = targetCodec(config);
  const isPlain = codec === "none";
  const isToChange = target !== undefined && target !== codec;
  const isQuick = codec === "lz4" && !isToChange;
  const bytesMax = isQuick ? ON_THE_SPOT_LZ4_BYTES_MAX : ON_THE_SPOT_BYTES_MAX;
  const isLarge = batch.byteLength > bytesMax;
  if (isLarge && (!isPlain || isToChange)) return undefined;

  const inflatedBytesMax = ON_THE_SPOT_INFLATED_BYTES_MAX;
  const check = checkRecords(batch, isPlain ? rules : { ...rules, inflatedBytesMax });
  if (!check.ok) {
    return !isPlain && check.errorCode === ErrorCode.MESSAGE_TOO_LARGE ? undefined : check;
  }
  if (!isToChange) return stamped(batch, check, config, rules);
  const stored = recompress(batch, target, inflatedBytesMax, levelOf(config));
  return inTopicCodec(stored, check, config, rules);
}

/** The same by way of the job pool. The header has been checked. */
export function* checkElsewhere(
  batch: Uint8Array,
  config: TopicSettings,
  rules: ProduceRules,
): Routine<CheckedBatch> {
  const isPlain = codecNameOf(batch) === "none";
  const check = isPlain ? checkRecords(batch, rules) : yield* inflateElsewhere(batch, rules);
  if (!check.ok) return check;
  const codec = targetCodec(config);
  if (codec === undefined || codec === codecNameOf(batch)) {
    return stamped(batch, check, config, rules);
  }
  const level = levelOf(config);
  const bytesMax = rules.inflatedBytesMax;
  const options = level === undefined ? { codec, bytesMax } : { codec, bytesMax, level };
  const stored = yield* runJob({ name: "recompress", input: batch, options });
  return inTopicCodec(stored, check, config, rules);
}

function* inflateElsewhere(batch: Uint8Array, rules: ProduceRules): Routine<BatchCheck> {
  const answer = yield* runJob({ name: "checkRecords", input: batch, options: rules });
  return answer.ok ? readBatchCheck(answer.value) : jobFailed(answer);
}

/** `compression.type`: the codec that every batch of the topic has; undefined: its producer's. */
function targetCodec({ compressionType }: TopicSettings): CodecName | undefined {
  if (compressionType === "producer") return undefined;
  return compressionType === "uncompressed" ? "none" : compressionType;
}

function levelOf(config: TopicSettings): number | undefined {
  if (config.compressionType === "gzip") return config.compressionGzipLevel;
  return config.compressionType === "zstd" ? config.compressionZstdLevel : undefined;
}

/** Another codec may have made it larger. */
function inTopicCodec(
  stored: Outcome<Uint8Array>,
  check: BatchAccepted,
  config: TopicSettings,
  rules: ProduceRules,
): CheckedBatch {
  if (!stored.ok) return jobFailed(stored);
  const refusal = checkSize(stored.value.byteLength, rules);
  return refusal ?? stamped(stored.value, check, config, rules);
}

function stamped(
  batch: Uint8Array,
  { maxTimestamp }: BatchAccepted,
  { messageTimestampType: type }: TopicSettings,
  { nowMs }: ProduceRules,
): Uint8Array {
  stampTimestamps(batch, 0, type, type === "LogAppendTime" ? nowMs : maxTimestamp);
  return batch;
}

function jobFailed({ fault, detail }: Fault): BatchRefusal {
  if (fault === "tooLarge") return refuse(ErrorCode.MESSAGE_TOO_LARGE, detail);
  if (fault === "corrupt") return refuse(ErrorCode.INVALID_RECORD, detail);
  // The job pool is overloaded or going down: nothing was written, trying again is right.
  return refuse(ErrorCode.REQUEST_TIMED_OUT, detail);
}
