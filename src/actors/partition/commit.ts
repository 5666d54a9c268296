// From written to acknowledged: what happens to a batch once it is in its file, by flush policy.
//
//   os          counts when written; only files that are full are synced, as Kafka does
//   intervalMs  counts when written; synced that often
//   group       counts when a sync that began after the write has ended; one sync serves many
//   each        as group, but the next batch is written only after this one is synced
//
// What counts becomes visible to readers and is acknowledged. Under `group` and `each` nobody ever
// sees a record that a power cut could take away.
//
// Lives on: host thread (part of the partition actor).

import type { Fault } from "../../base/outcome.ts";
import type { FlushPolicy } from "../../config/topic-config.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask } from "../../runtime/routine.ts";
import { markSuspectTail } from "../../storage/suspect-tail.ts";
import { durabilityRef } from "../durability/messages.ts";
import { isDeviceFault, suspectDevice } from "./device-faults.ts";
import { produceRefusal } from "./refusals.ts";
import type { ArgsOf, PartitionState, Unacknowledged } from "./state.ts";

/** A batch is at the end of the log's file. In the write lane; `each` has to sync it there. */
export function batchWritten(p: PartitionState, batch: Unacknowledged): void {
  // While it was being written a sync may have failed, or the partition have been removed.
  if (p.writeError !== ErrorCode.NONE) {
    return p.out.reply(batch.replyTo, produceRefusal(p.writeError));
  }
  p.unsynced.wrote(p.log.activePath(), batch.end);
  p.unacknowledged.push(batch);
  startRecoveryPointTimer(p);
  if (p.config.flushPolicy === "each") return;
  if (waitsForSync(p.config.flushPolicy)) return askForSyncs(p);
  settle(p);
  const unflushed = p.log.logEndOffset - p.unsynced.durableEnd;
  askForSyncs(p, unflushed >= p.config.flushMessages ? "all" : "rolled");
  startFlushTimer(p);
}

/** The same batch is in the log already: it is acknowledged when that one is. */
export function duplicateFound(p: PartitionState, batch: Unacknowledged): void {
  p.unacknowledged.push(batch);
  settle(p);
}

export function waitsForSync(policy: FlushPolicy): boolean {
  return policy === "group" || policy === "each";
}

/** Up to where what is written counts. */
function committedEnd(p: PartitionState): number {
  return waitsForSync(p.config.flushPolicy) ? p.unsynced.durableEnd : p.log.logEndOffset;
}

/** Shows and acknowledges whatever counts by now. */
export function settle(p: PartitionState): void {
  const end = committedEnd(p);
  let moved = false;
  for (let batch = p.unacknowledged[0]; batch !== undefined; batch = p.unacknowledged[0]) {
    if (batch.end > end) break;
    p.unacknowledged.shift();
    moved = p.visible.advance(batch.end, batch.bytes) || moved;
    p.out.reply(batch.replyTo, batch.reply);
  }
  if (moved) askForWatchesTurn(p);
}

/** What becomes visible in one run of the host is told in one message. */
function askForWatchesTurn(p: PartitionState): void {
  if (p.watchesTurnAsked || p.watches.size === 0) return;
  p.watchesTurnAsked = true;
  p.out.tell(p.out.self, "watchesDue", {});
}

// ------------------------------------------------------------ syncs

export function askForSyncs(p: PartitionState, which: "all" | "rolled" = "all"): void {
  const durability = durabilityRef(p.out.hostIndex);
  for (const { path, end } of p.unsynced.syncsToAsk(which)) {
    // No deadline: a sync has no answer but its own, however long the device takes.
    const options = { timeoutMs: Infinity, context: { path, end }, into: "syncAnswered" } as const;
    p.out.ask(durability, "sync", { path }, options);
  }
}

export function syncAnswered(
  p: PartitionState,
  { outcome, context: { path, end } }: ArgsOf<"syncAnswered">,
): void {
  const synced = outcome.ok ? outcome.value : outcome;
  if (!synced.ok) return syncFailed(p, path, synced);
  p.unsynced.synced(path, end);
  settle(p);
  noteFullSegments(p);
}

function noteFullSegments(p: PartitionState): void {
  if (p.phase !== "open" || p.fullSegmentsNoted) return;
  const { activeBaseOffset, recoveryPoint } = p.log;
  if (recoveryPoint >= activeBaseOffset || p.unsynced.durableEnd < activeBaseOffset) return;
  p.fullSegmentsNoted = true;
  p.out.tell(p.out.self, "segmentsSynced", {});
}

function syncFailed(p: PartitionState, path: string, fault: Fault): void {
  if (p.phase === "removed") return;
  // Retention may take a rolled file away before its turn comes; then there is nothing to lose.
  p.unsynced.removedBelow(p.log.logStartOffset);
  if (fault.fault === "ENOENT" && !p.unsynced.holds(path)) return settle(p);
  failPartition(p, fault, `sync of ${path}`);
}

/**
 * Everything that is written, synced before anything else is written: also what has been asked for
 * already, because its answer is still to come. In the write lane.
 */
export function* syncInLane(p: PartitionState): Routine<void> {
  const durability = durabilityRef(p.out.hostIndex);
  for (const { path, end } of p.unsynced.missingSyncs()) {
    const outcome = yield* ask(durability, "sync", { path }, Infinity);
    syncAnswered(p, { outcome, context: { path, end } });
    if (p.fault !== undefined) return;
  }
}

// ------------------------------------------------------------ interval:MS and flush.ms

/** Only partitions with something to flush have a timer. */
export function startFlushTimer(p: PartitionState): void {
  const { flushPolicy } = p.config;
  if (typeof flushPolicy === "string" || p.flushTimerRunning) return;
  p.flushTimerRunning = true;
  p.out.startTimer("flush", flushPolicy.intervalMs, "flushDue", {});
}

export function flushDue(p: PartitionState): void {
  p.flushTimerRunning = false;
  if (p.phase === "open" && p.fault === undefined) askForSyncs(p);
}

// ------------------------------------------------------------ the recovery point

/**
 * From here on the next start reads and checks, so it has to follow the log; only partitions that are
 * written to have a timer, and each its own moment.
 */
export function startRecoveryPointTimer(p: PartitionState): void {
  if (p.recoveryPointTimerRunning) return;
  p.recoveryPointTimerRunning = true;
  const fraction = 0.5 + p.world.uint32() / 2 ** 33;
  const delayMs = p.settings.checkpointIntervalMs * fraction;
  p.out.startTimer("recoveryPoint", delayMs, "recoveryPointDue", {});
}

/**
 * All syncs go through the durability actor: a failed one is told once, and whoever asked the device
 * beside it might be the one who is not told. In the write lane.
 */
export function* advanceRecoveryPoint(p: PartitionState): Routine<void> {
  if (waitsForSync(p.config.flushPolicy)) yield* syncInLane(p);
  if (p.fault !== undefined) return;
  yield* p.log.recordSynced(p.unsynced.durableEnd);
  // With nothing left to sync it only writes what makes the next start quick.
  if (p.unsynced.durableEnd === p.log.logEndOffset) yield* p.log.checkpoint();
}

// ------------------------------------------------------------ when the device fails

/**
 * Nothing is written, synced or acknowledged from now on: after a failed sync nobody can say what of
 * the last writes is on disk, and asking again would bring a wrong yes. What was synced before is
 * still served.
 */
export function failPartition(p: PartitionState, fault: Fault, during: string): void {
  if (p.fault !== undefined) return;
  p.fault = fault;
  p.out.log("error", "partition takes no more writes", {
    directory: p.directory,
    during,
    fault: fault.fault,
    detail: fault.detail,
    durableEnd: p.unsynced.durableEnd,
  });
  p.out.stopTimer("flush");
  p.out.run(markSuspectTail(p.directory));
  if (isDeviceFault(fault)) suspectDevice(p.out, p.settings.logDirectory);
  refuseUnacknowledged(p, ErrorCode.KAFKA_STORAGE_ERROR);
  p.watches.endAll(ErrorCode.KAFKA_STORAGE_ERROR);
}

export function refuseUnacknowledged(p: PartitionState, errorCode: ErrorCode): void {
  for (const { replyTo } of p.unacknowledged) p.out.reply(replyTo, produceRefusal(errorCode));
  p.unacknowledged = [];
}
