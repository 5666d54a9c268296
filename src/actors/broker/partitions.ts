// Opens, removes and questions the partition actors of this host, so many at a time.
//
// Lives on: host thread (part of the broker actor).

import type { Outcome } from "../../base/outcome.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask, askEffect, askInGroups, sleep } from "../../runtime/routine.ts";
import type { PartitionCheckpoint, PartitionSettings } from "../partition/messages.ts";
import { spawnablePartition } from "../partition/messages.ts";
import type { DirectoryCheckpoint } from "./messages.ts";
import { brokerRef } from "./messages.ts";
import type { BrokerState, OwnPartition } from "./state.ts";

/** Enough to keep a disk's queue busy, few enough that their buffers fit in memory. */
export const PARTITIONS_AT_ONCE = 64;
/** Between attempts to reach the broker of host 0, which may just be coming back. */
const RETRY_MS = 100;
const KEEPER_TIMEOUT_MS = 30_000;

export function* openPartitions(b: BrokerState, missing: readonly OwnPartition[]): Routine<void> {
  yield* forgetOldNamesakes(b, missing);
  for (let from = 0; from < missing.length; from += PARTITIONS_AT_ONCE) {
    if (b.draining) return;
    const group = missing.slice(from, from + PARTITIONS_AT_ONCE);
    for (const own of group) {
      b.partitions.set(own.key, own);
      b.out.spawn(spawnablePartition, own.key, settingsFor(b, own));
      b.directories.add(own.directory);
    }
    const questions = group.map(({ ref }) => askEffect(ref, "opened", {}, Infinity));
    const outcomes = yield* askInGroups<Outcome<unknown>>(questions, group.length);
    outcomes.forEach((asked, i) => {
      const opened = asked.ok ? asked.value : asked;
      if (opened.ok) return;
      const { fault, detail } = opened;
      const { directory } = group[i]!;
      b.out.log("error", "partition does not open", { directory, fault, detail });
    });
  }
}

function settingsFor(b: BrokerState, own: OwnPartition): PartitionSettings {
  const isNew = !b.directories.has(own.directory);
  const hints = isNew ? {} : b.book.hintsFor(own.directory);
  const { recoveryPoint = 0, logStartOffset = 0, firstDirtyOffset = 0 } = hints;
  return {
    topicId: own.topicId,
    topicName: own.directory.slice(0, own.directory.lastIndexOf("-")),
    index: own.index,
    logDirectory: b.settings.logDirectory,
    leaderEpoch: own.leaderEpoch,
    config: own.config,
    cleanStart: b.settings.cleanStart,
    recoveryPoint,
    logStartOffset,
    firstDirtyOffset,
    retentionCheckIntervalMs: b.config.logRetentionCheckIntervalMs,
    producerIdExpirationCheckIntervalMs: b.config.producerIdExpirationCheckIntervalMs,
    checkpointIntervalMs: b.config.logFlushOffsetCheckpointIntervalMs,
  };
}

/** Before any directory is made: see `forgetCheckpoints`. */
function* forgetOldNamesakes(b: BrokerState, missing: readonly OwnPartition[]): Routine<void> {
  const directories = missing
    .map(({ directory }) => directory)
    .filter((directory) => !b.directories.has(directory));
  while (directories.length > 0 && !b.draining) {
    const forgotten = yield* askKeeperToForget(directories);
    if (forgotten.ok) return;
    const { fault, detail } = forgotten;
    b.out.log("warn", "new partitions wait for the checkpoint files", { fault, detail });
    yield* sleep(RETRY_MS);
  }
}

function* askKeeperToForget(directories: readonly string[]): Routine<Outcome<null>> {
  const asked = yield* ask(brokerRef(0), "forgetCheckpoints", { directories }, KEEPER_TIMEOUT_MS);
  return asked.ok ? asked.value : asked;
}

/**
 * The checkpoints forget a directory before it goes, so that whoever finds its name free can rely on
 * that. They need not have succeeded: a full disk must not keep anyone from deleting.
 */
export function* removePartitions(b: BrokerState, gone: readonly OwnPartition[]): Routine<void> {
  if (gone.length === 0) return;
  for (const own of gone) own.leaving = true;
  yield* askKeeperToForget(gone.map(({ directory }) => directory));
  const questions = gone.map(({ ref }) => askEffect(ref, "remove", {}, Infinity));
  const outcomes = yield* askInGroups<Outcome<null>>(questions, PARTITIONS_AT_ONCE);
  outcomes.forEach((asked, i) => {
    const own = gone[i]!;
    const removed = asked.ok ? asked.value : asked;
    if (removed.ok) b.directories.delete(own.directory);
    else {
      const { fault, detail } = removed;
      const { directory } = own;
      b.out.log("error", "partition is not removed from disk", { directory, fault, detail });
    }
    b.out.stopActor(own.ref);
    b.partitions.delete(own.key);
  });
}

/** What the partitions of this host know for the checkpoint files. */
export function* gatherCheckpoints(b: BrokerState): Routine<DirectoryCheckpoint[]> {
  const asked = [...b.partitions.values()];
  const questions = asked.map(({ ref }) => askEffect(ref, "checkpoint", {}, KEEPER_TIMEOUT_MS));
  const outcomes = yield* askInGroups<PartitionCheckpoint>(questions, PARTITIONS_AT_ONCE);
  return outcomes.flatMap((outcome, i) =>
    outcome.ok && !asked[i]!.leaving ? { directory: asked[i]!.directory, ...outcome.value } : [],
  );
}

export function* reportCheckpoints(
  b: BrokerState,
  checkpoints: readonly DirectoryCheckpoint[],
): Routine<Outcome<null>> {
  const { hostIndex } = b.out;
  const args = { hostIndex, checkpoints };
  const asked = yield* ask(brokerRef(0), "reportCheckpoints", args, KEEPER_TIMEOUT_MS);
  return asked.ok ? asked.value : asked;
}

/** Closes them all; whether every one of them, and the checkpoints, are as they should be. */
export function* closePartitions(b: BrokerState, withinMs: number): Routine<{ clean: boolean }> {
  const asked = [...b.partitions.values()];
  const questions = asked.map(({ ref }) => askEffect(ref, "close", {}, withinMs));
  type Closed = PartitionCheckpoint & { readonly clean: boolean };
  const outcomes = yield* askInGroups<Closed>(questions, PARTITIONS_AT_ONCE);
  let clean = true;
  const checkpoints: DirectoryCheckpoint[] = [];
  outcomes.forEach((outcome, i) => {
    const { directory, leaving } = asked[i]!;
    clean &&= outcome.ok && outcome.value.clean;
    if (!outcome.ok || leaving) return;
    const { clean: _, ...checkpoint } = outcome.value;
    checkpoints.push({ directory, ...checkpoint });
  });
  const reported = yield* reportCheckpoints(b, checkpoints);
  return { clean: clean && reported.ok };
}
