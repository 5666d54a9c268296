// Changes of a consumer group on their way into the log. A change is in force at once, so that the next
// request builds on it, and heard of when it is durable: its answer waits, and so does every answer that
// rests on it. When it is refused, it and all that came after it are taken back, the latest first.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { GroupState } from "../state.ts";
import type { Change } from "./change.ts";
import { armDeadlines } from "./deadlines.ts";
import { encodeConsumerGroupRecord } from "./records.ts";
import { requestMetadataRefresh } from "./subscription.ts";
import { surroundingsOf } from "./surroundings.ts";

export type Unsettled = {
  /** Undefined: nothing was changed, yet what was seen was not durable. */
  readonly change: Change | undefined;
  readonly settle: (errorCode: ErrorCode) => void;
  isVoid: boolean;
};

/**
 * `settle` hears what came of the change and of all before it: now, if there is nothing to wait for, or
 * if there is no way into the log for it at all.
 */
export function whenSettled(
  g: GroupState,
  change: Change | undefined,
  settle: (errorCode: ErrorCode) => void,
): void {
  if (change === undefined && g.unsettled.length === 0) return settle(ErrorCode.NONE);
  const entry: Unsettled = { change, settle, isVoid: false };
  g.unsettled.push(entry);
  g.journal.appendLate(
    () => (entry.isVoid ? [] : recordsOf(g, change)),
    (errorCode) => settled(g, entry, errorCode),
  );
}

function recordsOf({ groupId }: GroupState, change: Change | undefined) {
  return (change?.records ?? []).map((record) =>
    "kind" in record ? encodeConsumerGroupRecord(groupId, record) : record,
  );
}

function settled(g: GroupState, entry: Unsettled, errorCode: ErrorCode): void {
  if (entry.isVoid) return;
  if (errorCode !== ErrorCode.NONE) return takeBack(g, entry, errorCode);
  g.unsettled.splice(g.unsettled.indexOf(entry), 1);
  entry.change?.onStored?.();
  entry.settle(ErrorCode.NONE);
}

function takeBack(g: GroupState, from: Unsettled, errorCode: ErrorCode): void {
  const gone = g.unsettled.splice(g.unsettled.indexOf(from));
  const told =
    errorCode === ErrorCode.MESSAGE_TOO_LARGE ? ErrorCode.UNKNOWN_SERVER_ERROR : errorCode;
  for (const entry of gone.toReversed()) {
    entry.isVoid = true;
    entry.change?.takeBack(told);
  }
  if (g.consumer !== undefined) {
    requestMetadataRefresh(g.consumer);
    armDeadlines(g.consumer, surroundingsOf(g));
  }
  for (const { settle } of gone) settle(told);
}
