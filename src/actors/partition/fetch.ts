// Reading: everything a consumer's fetch may meet, from the epoch it names to the bytes it gets.
// Batches are handed out as they lie in the file; the first one is that which holds the offset asked
// for, so records before it may come along and clients pass them over.
//
// Lives on: host thread (part of the partition actor).

import type { Fault } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import type { FetchArgs, FetchReply } from "./messages.ts";
import { fetchRefusal } from "./refusals.ts";
import type { PartitionState, ReplyOf } from "./state.ts";
import { leaderEpochError } from "./state.ts";

const noRecords = new Uint8Array(0);
/** One line per fault would be one per poll of every consumer. */
const READ_FAULTS_LOGGED_MAX = 10;

export function fetch(p: PartitionState, args: FetchArgs, replyTo: ReplyOf<"fetch">): void {
  // Any epoch below 0 is none here (`FetchRequest.optionalEpoch`), elsewhere only -1 is.
  const error = leaderEpochError(p, Math.max(args.currentLeaderEpoch, -1));
  if (error !== ErrorCode.NONE) return p.out.reply(replyTo, fetchRefusal(error));
  const diverging = divergingEpoch(p, args);
  if (diverging !== undefined) return p.out.reply(replyTo, diverging);
  const { fetchOffset } = args;
  if (fetchOffset < p.log.logStartOffset || fetchOffset > p.log.logEndOffset) {
    return p.out.reply(replyTo, fetchRefusal(ErrorCode.OFFSET_OUT_OF_RANGE));
  }
  const end = p.servedEnd;
  if (fetchOffset < end) return p.out.run(readRecords(p, args, end, replyTo));
  if (p.fault !== undefined) {
    return p.out.reply(replyTo, fetchRefusal(ErrorCode.KAFKA_STORAGE_ERROR));
  }
  // At the end, or between it and what is not yet visible: nothing to read is no error.
  p.out.reply(replyTo, fetched(p, args, p.visible.offset, noRecords));
}

/**
 * KIP-595: the client has records of an epoch that our log does not have up to there; it must cut
 * back before it may go on (`Partition.readRecords`).
 */
function divergingEpoch(p: PartitionState, args: FetchArgs): FetchReply | undefined {
  const { lastFetchedEpoch, fetchOffset } = args;
  if (lastFetchedEpoch < 0) return undefined;
  const { epoch, endOffset } = p.log.epochs.endOffsetFor(lastFetchedEpoch, p.log.logEndOffset);
  if (epoch < 0 || endOffset < 0) return fetchRefusal(ErrorCode.OFFSET_OUT_OF_RANGE);
  if (fetchOffset < p.log.logStartOffset) return fetchRefusal(ErrorCode.OFFSET_OUT_OF_RANGE);
  if (epoch >= lastFetchedEpoch && endOffset >= fetchOffset) return undefined;
  const reply = fetched(p, args, p.visible.offset, noRecords);
  return { ...reply, divergingEpoch: { epoch, endOffset } };
}

function* readRecords(
  p: PartitionState,
  args: FetchArgs,
  end: number,
  replyTo: ReplyOf<"fetch">,
): Routine<void> {
  const highWatermark = p.visible.offset;
  const { fetchOffset, maxBytes, wholeFirstBatch } = args;
  const read = yield* attempt(p.log.read(fetchOffset, maxBytes, end, wholeFirstBatch));
  if (!read.ok) return p.out.reply(replyTo, fetchRefusal(readError(p, fetchOffset, read)));
  const records = read.value;
  // Where the buffer is the reply's alone it moves to another host instead of being copied.
  if (records.byteLength > 0 && !p.log.isShared(records))
    p.out.giveAway(records.buffer as ArrayBuffer, 1);
  p.out.reply(replyTo, fetched(p, args, highWatermark, records));
}

function fetched(
  p: PartitionState,
  { readCommitted }: FetchArgs,
  highWatermark: number,
  records: Uint8Array,
): FetchReply {
  return {
    errorCode: ErrorCode.NONE,
    highWatermark,
    lastStableOffset: highWatermark,
    logStartOffset: p.log.logStartOffset,
    records,
    divergingEpoch: null,
    abortedTransactions: readCommitted ? [] : null,
  };
}

function readError(p: PartitionState, fetchOffset: number, fault: Fault): ErrorCode {
  // Retention or DeleteRecords may have run between two steps of the read.
  if (fetchOffset < p.log.logStartOffset) return ErrorCode.OFFSET_OUT_OF_RANGE;
  if (p.readFaultsLogged < READ_FAULTS_LOGGED_MAX) {
    p.readFaultsLogged += 1;
    p.out.log("error", "records cannot be read", {
      directory: p.directory,
      fetchOffset,
      fault: fault.fault,
      detail: fault.detail,
    });
  }
  if (fault.fault === "refused") return ErrorCode.OFFSET_OUT_OF_RANGE;
  return fault.fault === "corrupt" ? ErrorCode.CORRUPT_MESSAGE : ErrorCode.KAFKA_STORAGE_ERROR;
}
