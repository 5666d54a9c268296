// The ends of a partition: closed in good order, or removed for ever. Both refuse what comes after
// at once, and wait in the write lane for what came before.
//
// Lives on: host thread (part of the partition actor).

import { success } from "../../base/outcome.ts";
import type { Outcome } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask, attempt } from "../../runtime/routine.ts";
import { removeTopicDirectory } from "../../storage/log.ts";
import { durabilityRef } from "../durability/messages.ts";
import { refuseUnacknowledged, syncInLane } from "./commit.ts";
import { compactionEnded } from "./compaction.ts";
import { stopTimers } from "./maintenance.ts";
import type { PartitionCheckpoint } from "./messages.ts";
import { foreignTopicId } from "./opening.ts";
import type { PartitionState, ReplyOf } from "./state.ts";

/** What the checkpoint files may say; as long as there is no log, what they said. */
export function checkpointOf(p: PartitionState): PartitionCheckpoint {
  if (!p.hasLog) {
    const { recoveryPoint, logStartOffset, firstDirtyOffset } = p.settings;
    return { recoveryPoint, logStartOffset, highWatermark: recoveryPoint, firstDirtyOffset };
  }
  return {
    recoveryPoint: p.log.recoveryPoint,
    logStartOffset: p.log.logStartOffset,
    highWatermark: p.visible.offset,
    firstDirtyOffset: p.log.firstDirtyOffset,
  };
}

export function close(p: PartitionState, replyTo: ReplyOf<"close">): void {
  const wasOpen = p.phase === "open";
  if (wasOpen) {
    p.phase = "closed";
    stopTimers(p);
    p.watches.endAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }
  p.lane.enter(function* () {
    if (wasOpen) yield* closeLog(p);
    p.out.reply(replyTo, { clean: p.closedClean, ...checkpointOf(p) });
  });
}

function* closeLog(p: PartitionState): Routine<void> {
  yield* compactionEnded(p);
  if (p.fault === undefined) yield* syncInLane(p);
  if (p.fault !== undefined) return;
  const closed = yield* attempt(closeSynced(p));
  p.closedClean = closed.ok;
  if (closed.ok) return;
  const { fault, detail } = closed;
  p.out.log("error", "log does not close", { directory: p.directory, fault, detail });
}

function* closeSynced(p: PartitionState): Routine<void> {
  yield* p.log.recordSynced(p.unsynced.durableEnd);
  yield* p.log.close();
}

export function remove(p: PartitionState, replyTo: ReplyOf<"remove">): void {
  p.phase = "removed";
  stopTimers(p);
  p.watches.endAll(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  refuseUnacknowledged(p, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  p.lane.enter(function* () {
    p.out.reply(replyTo, yield* removeLog(p));
  });
}

function* removeLog(p: PartitionState): Routine<Outcome<null>> {
  yield* compactionEnded(p);
  if (p.settings.offline !== null) return success(null);
  if (!p.hasLog) return yield* attempt(removeUnopened(p));
  const path = p.log.activePath();
  const removed = yield* attempt(p.log.remove());
  yield* ask(durabilityRef(p.out.hostIndex), "forget", { path }, Infinity);
  return removed.ok ? success(null) : removed;
}

/** The directory of a log that could not be opened, unless it is another topic's. */
function* removeUnopened(p: PartitionState): Routine<null> {
  if ((yield* foreignTopicId(p)) !== undefined) return null;
  yield* removeTopicDirectory(p.directory, p.settings.topicId);
  return null;
}
