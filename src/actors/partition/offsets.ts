// Questions about offsets: by time (ListOffsets), by leader epoch (OffsetForLeaderEpoch).
//
// Lives on: host thread (part of the partition actor).

import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import type { OffsetAtTime } from "../../storage/log-types.ts";
import { refusals } from "./refusals.ts";
import type { ArgsOf, PartitionState, ReplyOf } from "./state.ts";
import { leaderEpochError } from "./state.ts";

/** The timestamps that ask for a place instead of a time, and since which version (`ListOffsetsRequest`). */
export const SpecialTimestamp = {
  LATEST: -1,
  EARLIEST: -2,
  /** KIP-734 */
  MAX_TIMESTAMP: -3,
  /** KIP-405 */
  EARLIEST_LOCAL: -4,
  /** KIP-1005 */
  LATEST_TIERED: -5,
  /** KIP-1023 */
  EARLIEST_PENDING_UPLOAD: -6,
} as const;

const SINCE_VERSION: ReadonlyMap<number, number> = new Map([
  [SpecialTimestamp.LATEST, 1],
  [SpecialTimestamp.EARLIEST, 1],
  [SpecialTimestamp.MAX_TIMESTAMP, 7],
  [SpecialTimestamp.EARLIEST_LOCAL, 8],
  [SpecialTimestamp.LATEST_TIERED, 9],
  [SpecialTimestamp.EARLIEST_PENDING_UPLOAD, 11],
]);

type ListReply = ReplyOf<"listOffset">;

export function listOffset(
  p: PartitionState,
  args: ArgsOf<"listOffset">,
  replyTo: ListReply,
): void {
  const { timestamp, currentLeaderEpoch, version } = args;
  const refuse = (errorCode: ErrorCode): void =>
    p.out.reply(replyTo, refusals.listOffset(errorCode));
  const sinceVersion = timestamp < 0 ? SINCE_VERSION.get(timestamp) : 0;
  if (sinceVersion === undefined || version < sinceVersion) {
    return refuse(ErrorCode.UNSUPPORTED_VERSION);
  }
  const error = leaderEpochError(p, currentLeaderEpoch);
  if (error !== ErrorCode.NONE) return refuse(error);

  // For the special places the answer holds no time, whatever the clock says.
  const place = (offset: number, leaderEpoch: number): void =>
    p.out.reply(replyTo, { errorCode: ErrorCode.NONE, timestamp: -1, offset, leaderEpoch });
  // What lies beyond the durable part is lost, or is not: nobody knows where the log ends.
  const endless = p.fault !== undefined;
  switch (timestamp) {
    case SpecialTimestamp.LATEST:
      if (endless) return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
      return place(p.servedEnd, p.leaderEpoch);
    case SpecialTimestamp.EARLIEST:
    case SpecialTimestamp.EARLIEST_LOCAL:
      return place(p.log.logStartOffset, p.log.epochs.epochFor(p.log.logStartOffset));
    // Nothing is ever tiered.
    case SpecialTimestamp.LATEST_TIERED:
    case SpecialTimestamp.EARLIEST_PENDING_UPLOAD:
      return place(-1, -1);
    case SpecialTimestamp.MAX_TIMESTAMP:
      if (endless) return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
      return p.out.run(answerByTime(p, p.log.maxTimestamp(p.servedEnd), replyTo));
    default:
      return p.out.run(answerByTime(p, p.log.offsetForTimestamp(timestamp, p.servedEnd), replyTo));
  }
}

function* answerByTime(
  p: PartitionState,
  search: Routine<OffsetAtTime | null>,
  replyTo: ListReply,
): Routine<void> {
  const found = yield* attempt(search);
  if (!found.ok) {
    const { fault, detail } = found;
    p.out.log("error", "records cannot be searched", { directory: p.directory, fault, detail });
    const corrupt = fault === "corrupt";
    const error = corrupt ? ErrorCode.CORRUPT_MESSAGE : ErrorCode.KAFKA_STORAGE_ERROR;
    return p.out.reply(replyTo, refusals.listOffset(error));
  }
  // Nothing so late is no error: offset and timestamp are -1.
  if (found.value === null) {
    const error = p.fault === undefined ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR;
    return p.out.reply(replyTo, refusals.listOffset(error));
  }
  p.out.reply(replyTo, { errorCode: ErrorCode.NONE, ...found.value });
}

/** Where an epoch ended, so that a client finds out from where on it must read anew (KIP-320). */
export function offsetForLeaderEpoch(
  p: PartitionState,
  { leaderEpoch, currentLeaderEpoch }: ArgsOf<"offsetForLeaderEpoch">,
  replyTo: ReplyOf<"offsetForLeaderEpoch">,
): void {
  const errorCode = leaderEpochError(p, currentLeaderEpoch);
  if (errorCode !== ErrorCode.NONE) {
    return p.out.reply(replyTo, refusals.offsetForLeaderEpoch(errorCode));
  }
  // The epoch we lead in may have no record yet; it ends where the log does.
  const { epoch, endOffset } =
    leaderEpoch === p.leaderEpoch
      ? { epoch: leaderEpoch, endOffset: p.log.logEndOffset }
      : p.log.epochs.endOffsetFor(leaderEpoch, p.log.logEndOffset);
  p.out.reply(replyTo, { errorCode, leaderEpoch: epoch, endOffset });
}
