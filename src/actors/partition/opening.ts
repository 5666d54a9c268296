// Opening a partition: makes its log or recovers it, and then lets in whoever came meanwhile, in the
// order in which they came.
//
// A directory of the partition's name that belongs to another topic id is a deleted topic's. The host
// on which that one lived gets it out of the way (actors/broker); until it has, we wait.
//
// Lives on: host thread (part of the partition actor).

import type { Fault } from "../../base/outcome.ts";
import { failure, FaultRaised } from "../../base/outcome.ts";
import type { World } from "../../runtime/actor.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask, attempt, sleep, tryDisk } from "../../runtime/routine.ts";
import { IndexCache } from "../../storage/index-cache.ts";
import { SharedReads } from "../../storage/shared-reads.ts";
import type { LogOptions, RecoveryReport } from "../../storage/log.ts";
import { Log } from "../../storage/log.ts";
import { readTopicId } from "../../storage/partition-directory.ts";
import { markSuspectTail } from "../../storage/suspect-tail.ts";
import { brokerRef } from "../broker/messages.ts";
import { waitsForSync } from "./commit.ts";
import { isDeviceFault, suspectDevice } from "./device-faults.ts";
import { startTimers } from "./maintenance.ts";
import { placePartition } from "./messages.ts";
import type { Refusable } from "./refusals.ts";
import { refusals } from "./refusals.ts";
import type { PartitionState, ReplyOf } from "./state.ts";

/** For a namesake's directory to go: half a minute, for its host may just be starting, too. */
const RETIRE_ATTEMPTS_MAX = 300;
const RETIRE_RETRY_MS = 100;
const RETIRE_TIMEOUT_MS = 30_000;

/** Per host, which is what a world stands for: what its logs keep in memory shares one bound. */
const INDEX_CACHE_BYTES = 32 * 1024 * 1024;
type Caches = Required<Pick<LogOptions, "indexCache" | "sharedReads">>;
const caches = new WeakMap<World, Caches>();

function cachesOf(world: World): Caches {
  let known = caches.get(world);
  if (known === undefined) {
    known = { indexCache: new IndexCache(INDEX_CACHE_BYTES), sharedReads: new SharedReads() };
    caches.set(world, known);
  }
  return known;
}

/** Keeps a call for when the log is open, or answers it at once with why it is not served. */
export function holdOrRefuse<K extends Refusable>(
  p: PartitionState,
  kind: K,
  replyTo: ReplyOf<K>,
  again: () => void,
): void {
  if (p.phase === "opening" && !p.heldIsFull) p.held.push(again);
  else p.out.reply(replyTo as never, refusals[kind](p.serveError));
}

/** The first job of the write lane. */
export function* open(p: PartitionState): Routine<void> {
  const { offline, logDirectory } = p.settings;
  const opened = offline === null ? yield* attempt(openLog(p)) : failure("EIO", offline);
  if (opened.ok) {
    p.phase = "open";
    startTimers(p);
  } else {
    p.phase = "failed";
    p.fault = opened;
    const { fault, detail } = opened;
    p.out.log("error", "log does not open", { directory: p.directory, fault, detail });
    // It may have been a sync that failed.
    if (fault === "EIO" && offline === null) yield* markSuspectTail(p.directory);
    if (isDeviceFault(opened) && offline === null) suspectDevice(p.out, logDirectory);
  }
  const { held } = p;
  p.held = [];
  for (const again of held) again();
}

function* openLog(p: PartitionState): Routine<void> {
  for (let attempts = 1; ; attempts++) {
    const opened = yield* attempt(createOrRecover(p));
    if (opened.ok) return;
    const foreignId = yield* foreignTopicId(p);
    if (foreignId === undefined || attempts === RETIRE_ATTEMPTS_MAX) raise(opened);
    yield* retireNamesake(p, foreignId);
  }
}

function* createOrRecover(p: PartitionState): Routine<void> {
  const { topicId, cleanStart, recoveryPoint, logStartOffset, firstDirtyOffset } = p.settings;
  const options: LogOptions = {
    directory: p.directory,
    topicId,
    settings: p.config,
    nowMs: p.world.wallMs(),
    ...cachesOf(p.world),
  };
  let log: Log;
  const listed = yield* tryDisk("list", { path: p.directory });
  if (!listed.ok && listed.fault === "ENOENT") {
    log = yield* Log.create(options);
  } else {
    const opened = yield* Log.open({
      ...options,
      cleanStart,
      recoveryPoint,
      logStartOffset,
      firstDirtyOffset,
      // Where what was acknowledged is on disk, what was found has to be as well before it is built on.
      mayLackMark: !cleanStart && waitsForSync(p.config.flushPolicy),
      ...(listed.ok && { entries: listed.value }),
    });
    log = opened.log;
    tellOfRecovery(p, opened.report);
  }
  // What was found but is not known to be on disk would be lost by a power cut after it was read. The recovery
  // point has time: moving it takes three syncs more, and a thousand logs are opened at once.
  if (log.recoveryPoint < log.logEndOffset) yield* log.syncSegments();
  log.epochs.assign(p.leaderEpoch, log.logEndOffset);
  p.logOpened(log);
}

function tellOfRecovery(p: PartitionState, report: RecoveryReport): void {
  const { scannedBytes, tornBytes, tornSegments, damaged, rebuiltFiles } = report;
  const { directory } = p;
  if (scannedBytes > 0 || tornBytes > 0 || rebuiltFiles.length > 0) {
    const rebuilt = rebuiltFiles.length;
    const fields = { directory, scannedBytes, tornBytes, tornSegments, rebuilt };
    p.out.log(tornBytes > 0 ? "warn" : "info", "log recovered", fields);
  }
  for (const range of damaged) p.out.log("error", "log is damaged", { directory, ...range });
}

// ------------------------------------------------------------ a namesake's directory

/** The topic id our directory belongs to when that is not ours. */
export function* foreignTopicId(p: PartitionState): Routine<string | undefined> {
  const topicId = yield* readTopicId(p.directory);
  return topicId === p.settings.topicId ? undefined : topicId;
}

function* retireNamesake(p: PartitionState, topicId: string): Routine<void> {
  const { topicName, index, logDirectory, imageOffset: asOf } = p.settings;
  const owner = brokerRef(placePartition(`${topicId}-${index}`, p.out.hostCount));
  const args = { logDirectory, directory: `${topicName}-${index}`, topicId, index, asOf };
  const asked = yield* ask(owner, "retireDirectory", args, RETIRE_TIMEOUT_MS);
  const retired = asked.ok ? asked.value : asked;
  if (retired.ok) return;
  // Its host has seen more: our own topic is the deleted one, and this host will hear of it.
  if (retired.fault === "EEXIST") raise(retired);
  yield* sleep(RETIRE_RETRY_MS);
}

function raise(fault: Fault): never {
  throw new FaultRaised(fault);
}
