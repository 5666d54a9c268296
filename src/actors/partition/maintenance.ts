// What a partition does now and then: retention, rolling by time, forgetting idle producers; and what
// it is told to: other settings, records to delete.
//
// Lives on: host thread (part of the partition actor).

import type { Fault, Outcome } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask, attempt } from "../../runtime/routine.ts";
import { brokerRef } from "../broker/messages.ts";
import {
  advanceRecoveryPoint,
  askForSyncs,
  failPartition,
  settle,
  startFlushTimer,
  startRecoveryPointTimer,
  waitsForSync,
} from "./commit.ts";
import { refusals } from "./refusals.ts";
import type { ArgsOf, PartitionState, ReplyOf } from "./state.ts";

const CHECKPOINT_TIMEOUT_MS = 30_000;
/** The wall clock says when, another one wakes us: should they disagree, not in a tight loop. */
const UNLINK_DELAY_MS_MIN = 1_000;

// ------------------------------------------------------------ timers

/** A thousand partitions that open together must not all look at their files together. */
export function startTimers(p: PartitionState): void {
  const { retentionCheckIntervalMs, producerIdExpirationCheckIntervalMs } = p.settings;
  startRetentionTimer(p, retentionCheckIntervalMs * fraction(p));
  startProducerTimer(p, producerIdExpirationCheckIntervalMs * fraction(p));
  if (p.log.recoveryPoint < p.log.logEndOffset) startRecoveryPointTimer(p);
}

function fraction(p: PartitionState): number {
  return p.world.uint32() / 2 ** 32;
}

export function stopTimers(p: PartitionState): void {
  const names = ["retention", "producers", "flush", "unlink", "recoveryPoint"];
  for (const name of names) p.out.stopTimer(name);
}

function startRetentionTimer(p: PartitionState, delayMs: number): void {
  p.out.startTimer("retention", delayMs, "retentionDue", {});
}

function startProducerTimer(p: PartitionState, delayMs: number): void {
  p.out.startTimer("producers", delayMs, "producerExpiryDue", {});
}

export function producerExpiryDue(p: PartitionState): void {
  if (p.phase !== "open") return;
  p.log.producers.removeExpired(p.world.wallMs());
  startProducerTimer(p, p.settings.producerIdExpirationCheckIntervalMs);
}

export function retentionDue(p: PartitionState): void {
  maintain(p, "retention", () => applyRetention(p));
  startRetentionTimer(p, p.settings.retentionCheckIntervalMs);
}

function* applyRetention(p: PartitionState): Routine<void> {
  const nowMs = p.world.wallMs();
  const active = p.log.activePath();
  yield* p.log.rollIfDue(nowMs);
  // Nothing that is written will ask for it, and what is not on disk is not compacted.
  if (p.log.activePath() !== active) askForSyncs(p);
  yield* p.log.unlinkDue(nowMs);
  // A pass of compaction whose segments are taken away has been for nothing.
  p.retentionWaits = p.isCompacting;
  if (p.retentionWaits) return;
  const deleted = yield* p.log.applyRetention(nowMs, p.visible.offset);
  if (deleted === 0) return;
  segmentsGone(p);
  const { directory } = p;
  const { logStartOffset } = p.log;
  p.out.log("info", "old segments deleted", { directory, segments: deleted, logStartOffset });
}

/** What came due while the log was being compacted. */
export function applyOwedRetention(p: PartitionState): void {
  if (p.retentionWaits) maintain(p, "retention", () => applyRetention(p));
}

/** Their files were only set aside. */
export function segmentsGone(p: PartitionState): void {
  p.unsynced.removedBelow(p.log.logStartOffset);
  const dueMs = p.log.nextUnlinkMs();
  if (dueMs === null) return;
  const delayMs = Math.max(UNLINK_DELAY_MS_MIN, dueMs - p.world.wallMs());
  p.out.startTimer("unlink", delayMs, "unlinkDue", {});
}

export function unlinkDue(p: PartitionState): void {
  maintain(p, "unlink", function* () {
    yield* p.log.unlinkDue(p.world.wallMs());
    segmentsGone(p);
  });
}

export function recoveryPointDue(p: PartitionState): void {
  p.recoveryPointTimerRunning = false;
  maintain(p, "recovery point", () => advanceRecoveryPoint(p));
}

/** What a start after a crash reads, and may write again, is about the active segment, however fast it grows. */
export function segmentsSynced(p: PartitionState): void {
  maintain(p, "recovery point", function* () {
    p.fullSegmentsNoted = false;
    yield* p.log.recordSynced(p.unsynced.durableEnd);
    // Writes go on meanwhile; where it fails, the files are written again at their time.
    p.out.run(tellCheckpoints(p));
  });
}

function* tellCheckpoints(p: PartitionState): Routine<void> {
  yield* askForCheckpoints(p);
}

function* askForCheckpoints(p: PartitionState): Routine<Outcome<null>> {
  const { logDirectory } = p.settings;
  const broker = brokerRef(p.out.hostIndex);
  const asked = yield* ask(broker, "writeCheckpoints", { logDirectory }, CHECKPOINT_TIMEOUT_MS);
  return asked.ok ? asked.value : asked;
}

/** In the write lane, if the log may still be changed by then. */
function maintain(p: PartitionState, what: string, work: () => Routine<void>): void {
  p.lane.enter(function* () {
    if (p.phase !== "open" || p.fault !== undefined) return;
    const done = yield* attempt(work());
    if (!done.ok) maintenanceFailed(p, done, what);
  });
}

/** A full disk passes; whatever else a device says is the end of writing to it. */
function maintenanceFailed(p: PartitionState, fault: Fault, during: string): void {
  if (!isPassing(fault)) return failPartition(p, fault, during);
  const { directory } = p;
  p.out.log("warn", "not done this time", { directory, during, detail: fault.detail });
}

/** Whether the log is as it was before, and the same may succeed later. */
export function isPassing(fault: Fault): boolean {
  return fault.fault === "ENOSPC";
}

// ------------------------------------------------------------ settings

export function configure(p: PartitionState, { config, leaderEpoch }: ArgsOf<"configure">): void {
  p.config = config;
  p.lane.enter(function* () {
    if (p.phase !== "open") return;
    p.log.reconfigure(config);
    if (leaderEpoch > p.leaderEpoch) {
      p.leaderEpoch = leaderEpoch;
      p.log.epochs.assign(leaderEpoch, p.log.logEndOffset);
    }
    // What has been written may count under the new policy, or wait for a sync that nobody has
    // asked for under the old one.
    p.out.stopTimer("flush");
    p.flushTimerRunning = false;
    settle(p);
    if (waitsForSync(config.flushPolicy)) askForSyncs(p);
    else if (p.unsynced.durableEnd < p.log.logEndOffset) startFlushTimer(p);
  });
}

// ------------------------------------------------------------ DeleteRecords

export function deleteRecords(
  p: PartitionState,
  { offset }: ArgsOf<"deleteRecords">,
  replyTo: ReplyOf<"deleteRecords">,
): void {
  const { cleanupPolicy } = p.config;
  if (cleanupPolicy.includes("compact") && !cleanupPolicy.includes("delete")) {
    return p.out.reply(replyTo, refusals.deleteRecords(ErrorCode.POLICY_VIOLATION));
  }
  p.lane.enter(function* () {
    const errorCode = yield* moveLogStart(p, offset);
    if (errorCode !== ErrorCode.NONE) {
      return p.out.reply(replyTo, refusals.deleteRecords(errorCode));
    }
    p.out.reply(replyTo, { errorCode, lowWatermark: p.log.logStartOffset });
  });
}

/** In the write lane. -1: everything that is visible goes. */
function* moveLogStart(p: PartitionState, offset: number): Routine<ErrorCode> {
  if (p.writeError !== ErrorCode.NONE) return p.writeError;
  const target = offset === -1 ? p.visible.offset : offset;
  if (target < 0 || target > p.visible.offset) return ErrorCode.OFFSET_OUT_OF_RANGE;
  if (target > p.log.logStartOffset) {
    const moved = yield* attempt(p.log.advanceLogStart(target, p.world.wallMs()));
    if (!moved.ok) {
      maintenanceFailed(p, moved, "delete records");
      return ErrorCode.KAFKA_STORAGE_ERROR;
    }
    p.logStartUnkept = true;
    segmentsGone(p);
  }
  return p.logStartUnkept ? yield* keepLogStart(p) : ErrorCode.NONE;
}

/**
 * Inside a segment only the checkpoint file knows where the log starts. Whoever is told that records
 * are gone must not meet them again after a crash, so the file is written first; and if it cannot be,
 * nobody is told so. The error is one that clients try again after, and then the file is tried again.
 */
function* keepLogStart(p: PartitionState): Routine<ErrorCode> {
  const kept = yield* askForCheckpoints(p);
  p.logStartUnkept = !kept.ok;
  if (kept.ok) return ErrorCode.NONE;
  const { directory } = p;
  p.out.log("warn", "deleted records may come back after a crash", {
    directory,
    detail: kept.detail,
  });
  return ErrorCode.KAFKA_STORAGE_ERROR;
}

// ------------------------------------------------------------ descriptions

export function describeProducers(p: PartitionState, replyTo: ReplyOf<"describeProducers">): void {
  const producers = p.log.producers.describe(p.world.wallMs());
  p.out.reply(replyTo, { errorCode: ErrorCode.NONE, producers });
}

export function describeLog(p: PartitionState, replyTo: ReplyOf<"describeLog">): void {
  const { sizeBytes } = p.log;
  const { logDirectory } = p.settings;
  p.out.reply(replyTo, { errorCode: ErrorCode.NONE, logDirectory, sizeBytes, offsetLag: 0 });
}
