// Opens, removes and questions the partition actors of this host, so many at a time.
//
// Lives on: host thread (part of the broker actor).

import type { Outcome } from "../../base/outcome.ts";
import type { Routine } from "../../runtime/routine.ts";
import { askEffect, askInGroups, sleep } from "../../runtime/routine.ts";
import type { PartitionCheckpoint, PartitionSettings } from "../partition/messages.ts";
import { spawnablePartition } from "../partition/messages.ts";
import type { DirectoryCheckpoint } from "./messages.ts";
import { findHomes, offlineReason } from "./directories.ts";
import { brokerRef } from "./messages.ts";
import type { BrokerState, LogDirectory, OwnPartition } from "./state.ts";

/** Enough to keep a disk's queue busy, few enough that their buffers fit in memory. */
export const PARTITIONS_AT_ONCE = 64;
/** Between attempts to reach the broker of host 0, which may just be coming back. */
const RETRY_MS = 100;
const KEEPER_TIMEOUT_MS = 30_000;

export function* openPartitions(b: BrokerState, missing: readonly OwnPartition[]): Routine<void> {
  yield* findHomes(b, missing);
  yield* forgetOldNamesakes(b, missing);
  for (let from = 0; from < missing.length; from += PARTITIONS_AT_ONCE) {
    if (b.draining) return;
    const group = missing.slice(from, from + PARTITIONS_AT_ONCE);
    for (const own of group) {
      b.partitions.set(own.key, own);
      b.out.spawn(spawnablePartition, own.key, settingsFor(b, own));
      if (offlineReason(own) === null) own.home?.names.add(own.directory);
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
  const { home } = own;
  const isNew = home?.names.has(own.directory) !== true;
  const hints = isNew ? {} : home.book.hintsFor(own.directory);
  const { recoveryPoint = 0, logStartOffset = 0, firstDirtyOffset = 0 } = hints;
  return {
    topicId: own.topicId,
    topicName: own.directory.slice(0, own.directory.lastIndexOf("-")),
    index: own.index,
    logDirectory: home?.path ?? "",
    offline: offlineReason(own),
    leaderEpoch: own.leaderEpoch,
    imageOffset: b.image?.lastOffset ?? 0,
    config: own.config,
    cleanStart: home?.cleanStart ?? false,
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
  const isNew = ({ home, directory }: OwnPartition): boolean =>
    home?.names.has(directory) === false;
  const left = byHome(missing.filter(isNew));
  while (left.size > 0 && !b.draining) {
    const forgotten = yield* askKeeperToForget(left);
    for (const [home, outcome] of forgotten) {
      if (outcome.ok) left.delete(home);
      else {
        const { fault, detail } = outcome;
        const fields = { logDirectory: home.path, fault, detail };
        b.out.log("warn", "new partitions wait for the checkpoint files", fields);
      }
    }
    if (left.size > 0) yield* sleep(RETRY_MS);
  }
}

type ByHome = Map<LogDirectory, readonly OwnPartition[]>;

/** Those that have one. */
function byHome(partitions: readonly OwnPartition[]): ByHome {
  const groups = new Map<LogDirectory, OwnPartition[]>();
  for (const own of partitions) {
    if (own.home === undefined) continue;
    const group = groups.get(own.home);
    if (group === undefined) groups.set(own.home, [own]);
    else group.push(own);
  }
  return groups;
}

function* askKeeperToForget(partitions: ByHome): Routine<[LogDirectory, Outcome<null>][]> {
  const questions = [...partitions].map(([{ path: logDirectory }, group]) => {
    const args = { logDirectory, directories: group.map(({ directory }) => directory) };
    return askEffect(brokerRef(0), "forgetCheckpoints", args, KEEPER_TIMEOUT_MS);
  });
  const outcomes = yield* askInGroups<Outcome<null>>(questions, PARTITIONS_AT_ONCE);
  return [...partitions.keys()].map((home, i) => {
    const asked = outcomes[i]!;
    return [home, asked.ok ? asked.value : asked];
  });
}

/**
 * The checkpoints forget a directory before it goes, so that whoever finds its name free can rely on
 * that. They need not have succeeded: a full disk must not keep anyone from deleting.
 */
export function* removePartitions(b: BrokerState, gone: readonly OwnPartition[]): Routine<void> {
  if (gone.length === 0) return;
  for (const own of gone) own.leaving = true;
  yield* askKeeperToForget(byHome(gone));
  const questions = gone.map(({ ref }) => askEffect(ref, "remove", {}, Infinity));
  const outcomes = yield* askInGroups<Outcome<null>>(questions, PARTITIONS_AT_ONCE);
  outcomes.forEach((asked, i) => {
    const own = gone[i]!;
    const removed = asked.ok ? asked.value : asked;
    if (removed.ok) own.home?.names.delete(own.directory);
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
export function* gatherCheckpoints(b: BrokerState): Routine<Checkpoints> {
  const asked = [...b.partitions.values()];
  const questions = asked.map(({ ref }) => askEffect(ref, "checkpoint", {}, KEEPER_TIMEOUT_MS));
  const outcomes = yield* askInGroups<PartitionCheckpoint>(questions, PARTITIONS_AT_ONCE);
  const checkpoints = noCheckpoints(b);
  outcomes.forEach((outcome, i) => {
    const { home, directory, leaving } = asked[i]!;
    if (!outcome.ok || leaving || home === undefined) return;
    checkpoints.get(home)?.push({ directory, ...outcome.value });
  });
  return checkpoints;
}

type Checkpoints = ReadonlyMap<LogDirectory, DirectoryCheckpoint[]>;

/** Of each directory that is in order, also where the host has nothing in it: that is news, too. */
function noCheckpoints(b: BrokerState): Checkpoints {
  const inOrder = b.directories.filter(({ failure }) => failure === undefined);
  return new Map(inOrder.map((directory) => [directory, []]));
}

/** Per data directory, by its path. */
export function* reportCheckpoints(
  b: BrokerState,
  all: Checkpoints,
): Routine<ReadonlyMap<string, Outcome<null>>> {
  const { hostIndex } = b.out;
  const questions = [...all].map(([{ path: logDirectory }, checkpoints]) => {
    const args = { hostIndex, logDirectory, checkpoints };
    return askEffect(brokerRef(0), "reportCheckpoints", args, KEEPER_TIMEOUT_MS);
  });
  const outcomes = yield* askInGroups<Outcome<null>>(questions, PARTITIONS_AT_ONCE);
  const paths = [...all.keys()].map(({ path }) => path);
  return new Map(outcomes.map((asked, i) => [paths[i]!, asked.ok ? asked.value : asked] as const));
}

/** Closes them all, and tells in which data directories not all of that went well. */
export function* closePartitions(
  b: BrokerState,
  withinMs: number,
): Routine<{ notClean: readonly string[] }> {
  const asked = [...b.partitions.values()];
  const questions = asked.map(({ ref }) => askEffect(ref, "close", {}, withinMs));
  type Closed = PartitionCheckpoint & { readonly clean: boolean };
  const outcomes = yield* askInGroups<Closed>(questions, PARTITIONS_AT_ONCE);
  const failed = b.directories.filter(({ failure }) => failure !== undefined);
  const notClean = new Set(failed.map(({ path }) => path));
  const checkpoints = noCheckpoints(b);
  outcomes.forEach((outcome, i) => {
    const { home, directory, leaving } = asked[i]!;
    if (home === undefined) return;
    if (!outcome.ok || !outcome.value.clean) notClean.add(home.path);
    if (!outcome.ok || leaving) return;
    const { clean: _, ...checkpoint } = outcome.value;
    checkpoints.get(home)?.push({ directory, ...checkpoint });
  });
  for (const [path, reported] of yield* reportCheckpoints(b, checkpoints)) {
    if (!reported.ok) notClean.add(path);
  }
  return { notClean: [...notClean] };
}
