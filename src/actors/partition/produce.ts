// The life of a produced batch: checked, held against what its producer sent before, stamped with its
// offset and our leader epoch in place, appended. When it counts is said in commit.ts.
//
// Lives on: host thread (part of the partition actor). Hot.

import type { Fault } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { isTransactional, stampBaseOffset, stampLeaderEpoch } from "../../protocol/record-batch.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import { batchInfoAt } from "../../storage/log.ts";
import { checkElsewhere, checkOnTheSpot, isRefusal, rulesFor } from "./check-batch.ts";
import { batchWritten, duplicateFound, failPartition, syncInLane } from "./commit.ts";
import { isPassing } from "./maintenance.ts";
import type { ProduceReply } from "./messages.ts";
import { produceRefusal } from "./refusals.ts";
import type { ArgsOf, PartitionState, ReplyOf } from "./state.ts";

/**
 * The bytes of waiting requests are bounded by the front doors before they are read; this bounds how
 * many small ones may pile up behind a stuck disk. Whoever finds the lane full may try again.
 */
const LANE_JOBS_MAX = 10_000;

export function produce(
  p: PartitionState,
  args: ArgsOf<"produce">,
  replyTo: ReplyOf<"produce">,
): void {
  const { acks } = args;
  if (acks !== -1 && acks !== 0 && acks !== 1) {
    const why = `acks must be -1, 0 or 1, not ${acks}`;
    return p.out.reply(replyTo, produceRefusal(ErrorCode.INVALID_REQUIRED_ACKS, why));
  }
  if (p.writeError !== ErrorCode.NONE) return p.out.reply(replyTo, produceRefusal(p.writeError));
  if (p.lane.waiting >= LANE_JOBS_MAX) {
    const why = "too many requests wait for this partition";
    return p.out.reply(replyTo, produceRefusal(ErrorCode.REQUEST_TIMED_OUT, why));
  }
  p.lane.enter(() => appendBatch(p, args, replyTo));
}

/** In the write lane, so that sequences are checked against all that came before. */
function* appendBatch(
  p: PartitionState,
  { batch, produceVersion }: ArgsOf<"produce">,
  replyTo: ReplyOf<"produce">,
): Routine<void> {
  const nowMs = p.world.wallMs();
  const rules = rulesFor(p.config, produceVersion, nowMs);
  const bytes =
    checkOnTheSpot(batch, p.config, rules) ?? (yield* checkElsewhere(batch, p.config, rules));
  // It may have been away in the job pool, and the partition have failed or gone meanwhile.
  if (p.writeError !== ErrorCode.NONE) return p.out.reply(replyTo, produceRefusal(p.writeError));
  if (isRefusal(bytes)) {
    const { errorCode, message, recordErrors } = bytes;
    return p.out.reply(replyTo, { ...refusal(p, errorCode, message), recordErrors });
  }
  if (isTransactional(bytes)) {
    const why = "the partition is not part of a transaction";
    return p.out.reply(replyTo, refusal(p, ErrorCode.INVALID_TXN_STATE, why));
  }
  stampBaseOffset(bytes, 0, p.log.logEndOffset);
  stampLeaderEpoch(bytes, 0, p.leaderEpoch);
  const info = batchInfoAt(bytes);

  const order = p.log.producers.check(info, nowMs);
  if (order.kind === "error") {
    return p.out.reply(replyTo, refusal(p, order.code, order.detail));
  }
  if (order.kind === "duplicate") {
    // Kafka names the time of the first append whatever the topic's timestamps are.
    const { baseOffset, timestamp: logAppendTimeMs } = order;
    const reply = { ...accepted(p, baseOffset, logAppendTimeMs), logAppendTimeMs };
    return duplicateFound(p, { end: order.lastOffset + 1, bytes: 0, replyTo, reply });
  }
  const appended = yield* attempt(p.log.append(bytes, info, nowMs));
  if (!appended.ok) return appendFailed(p, appended, replyTo);
  p.diskFullLogged = false;
  const reply = accepted(p, info.baseOffset, nowMs);
  batchWritten(p, { end: info.lastOffset + 1, bytes: info.sizeBytes, replyTo, reply });
  if (p.config.flushPolicy === "each" && p.writeError === ErrorCode.NONE) yield* syncInLane(p);
}

function accepted(p: PartitionState, baseOffset: number, appendTimeMs: number): ProduceReply {
  return {
    errorCode: ErrorCode.NONE,
    baseOffset,
    // -1 tells the client that its own timestamps stand.
    logAppendTimeMs: p.config.messageTimestampType === "LogAppendTime" ? appendTimeMs : -1,
    logStartOffset: p.log.logStartOffset,
    recordErrors: [],
    errorMessage: null,
  };
}

/** Where the log starts Kafka tells beside most errors (`ReplicaManager.appendRecordsToLocalLog`). */
function refusal(p: PartitionState, errorCode: ErrorCode, message: string): ProduceReply {
  const reply = produceRefusal(errorCode, message);
  return withoutLogStart.has(errorCode)
    ? reply
    : { ...reply, logStartOffset: p.log.logStartOffset };
}

const withoutLogStart: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
]);

/** On a full disk the batch is gone again and the next may fit; anything else ends all writing. */
function appendFailed(p: PartitionState, fault: Fault, replyTo: ReplyOf<"produce">): void {
  if (!isPassing(fault)) failPartition(p, fault, "append");
  else if (!p.diskFullLogged) {
    p.diskFullLogged = true;
    p.out.log("error", "no space left, batches are refused", { directory: p.directory });
  }
  p.out.reply(replyTo, produceRefusal(ErrorCode.KAFKA_STORAGE_ERROR, fault.detail));
}
