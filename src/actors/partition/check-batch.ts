// Checks a produced batch and brings it into the form in which it is stored. Small batches are done
// on the spot; what has to be inflated or compressed anew and is large goes to the job pool, for one
// such batch would hold up every other partition of the host. The write lane keeps the order.
//
// Lives on: host thread (part of the partition actor).

import type { Outcome } from "../../base/outcome.ts";
import type { TopicSettings } from "../../config/topic-config.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { BatchCheck, BatchRefusal, ProduceRules } from "../../protocol/record-batch.ts";
import {
  checkHeader,
  checkRecords,
  codecNameOf,
  recompress,
  recordsAt,
  stampTimestamps,
  walkRecords,
} from "../../protocol/record-batch.ts";
import type { Routine } from "../../runtime/routine.ts";
import { runJob } from "../../runtime/routine.ts";

/** Larger compressed batches are inflated elsewhere... */
const ON_THE_SPOT_BYTES_MAX = 64 * 1024;
/** ...and small ones that turn out to hold more than this. */
const ON_THE_SPOT_INFLATED_BYTES_MAX = 1024 * 1024;
/** What a compressed batch may become; more is taken for a bomb. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;

/** A batch as it will be stored, but for its offset and leader epoch. */
export type CheckedBatch = { readonly ok: true; readonly bytes: Uint8Array };

export function* checkBatch(
  batch: Uint8Array,
  config: TopicSettings,
  produceVersion: number,
  nowMs: number,
): Routine<CheckedBatch | BatchRefusal> {
  const rules = rulesFor(config, produceVersion, nowMs);
  const check = yield* checkWhole(batch, rules);
  if (!check.ok) return check;
  const stored = yield* inTopicCodec(batch, config, rules.inflatedBytesMax);
  if (!stored.ok) return refusalOf(stored);
  const bytes = stored.value;
  const grown = bytes === batch ? undefined : sizeRefusal(bytes, config);
  if (grown !== undefined) return grown;
  const type = config.messageTimestampType;
  stampTimestamps(bytes, 0, type, type === "LogAppendTime" ? nowMs : check.maxTimestamp);
  return { ok: true, bytes };
}

function rulesFor(config: TopicSettings, produceVersion: number, nowMs: number): ProduceRules {
  return {
    maxMessageBytes: config.maxMessageBytes,
    segmentBytes: config.segmentBytes,
    compacted: config.cleanupPolicy.includes("compact"),
    timestampType: config.messageTimestampType,
    beforeMaxMs: config.messageTimestampBeforeMaxMs,
    afterMaxMs: config.messageTimestampAfterMaxMs,
    nowMs,
    zstdAllowed: produceVersion >= 7,
    inflatedBytesMax: Math.max(INFLATED_BYTES_MAX, config.maxMessageBytes),
  };
}

function* checkWhole(batch: Uint8Array, rules: ProduceRules): Routine<BatchCheck> {
  const refusal = checkHeader(batch, rules);
  if (refusal !== undefined) return refusal;
  const codec = codecNameOf(batch) ?? "none";
  if (codec === "none") return walkRecords(batch, recordsAt, batch, rules);
  if (batch.byteLength <= ON_THE_SPOT_BYTES_MAX) {
    const inflatedBytesMax = ON_THE_SPOT_INFLATED_BYTES_MAX;
    const check = checkRecords(batch, { ...rules, inflatedBytesMax });
    if (check.ok || check.errorCode !== ErrorCode.MESSAGE_TOO_LARGE) return check;
  }
  const input = batch.subarray(recordsAt);
  const options = { codec, bytesMax: rules.inflatedBytesMax };
  const inflated = yield* runJob({ name: "decompress", input, options });
  return inflated.ok ? walkRecords(inflated.value, 0, batch, rules) : refusalOf(inflated);
}

/** `compression.type`: the codec that every batch of the topic has, whatever it came in. */
function* inTopicCodec(
  batch: Uint8Array,
  config: TopicSettings,
  bytesMax: number,
): Routine<Outcome<Uint8Array>> {
  const { compressionType } = config;
  if (compressionType === "producer") return { ok: true, value: batch };
  const codec = compressionType === "uncompressed" ? "none" : compressionType;
  if (codecNameOf(batch) === codec) return { ok: true, value: batch };
  const level = levelOf(config);
  if (batch.byteLength <= ON_THE_SPOT_BYTES_MAX) {
    const small = recompress(batch, codec, ON_THE_SPOT_INFLATED_BYTES_MAX, level);
    if (small.ok || small.fault !== "tooLarge") return small;
  }
  const options = level === undefined ? { codec, bytesMax } : { codec, bytesMax, level };
  return yield* runJob({ name: "recompress", input: batch, options });
}

function levelOf(config: TopicSettings): number | undefined {
  if (config.compressionType === "gzip") return config.compressionGzipLevel;
  return config.compressionType === "zstd" ? config.compressionZstdLevel : undefined;
}

function refusalOf({ fault, detail }: Outcome<never> & { ok: false }): BatchRefusal {
  const refuse = (errorCode: ErrorCode): BatchRefusal => ({
    ok: false,
    errorCode,
    message: detail,
    recordErrors: [],
  });
  if (fault === "corrupt") return refuse(ErrorCode.CORRUPT_MESSAGE);
  if (fault === "tooLarge") return refuse(ErrorCode.MESSAGE_TOO_LARGE);
  // The job pool is overloaded or going down: nothing was written, trying again is right.
  return refuse(ErrorCode.REQUEST_TIMED_OUT);
}

/** Another codec may have made it larger. */
function sizeRefusal(bytes: Uint8Array, config: TopicSettings): BatchRefusal | undefined {
  const size = bytes.byteLength;
  const { maxMessageBytes, segmentBytes } = config;
  if (size <= maxMessageBytes && size <= segmentBytes) return undefined;
  const errorCode =
    size > maxMessageBytes ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.RECORD_LIST_TOO_LARGE;
  const most = Math.min(maxMessageBytes, segmentBytes);
  const message = `the batch recompressed has ${size} bytes, at most ${most} fit`;
  return { ok: false, errorCode, message, recordErrors: [] };
}
