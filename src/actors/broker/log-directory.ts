// What a broker does to a log directory itself, beside the partitions in it: looks what is there
// at start, gets directories of deleted topics out of the way, and clears away what they left.
//
// A directory changes hands by renames only: `<topic>-<index>` belongs to the topic id that its
// partition.metadata names, and only the host on which that id's partition lives may rename it. So
// two hosts never touch one directory, and a new topic cannot take over the files of an old one of
// the same name.
//
// Lives on: host thread (part of the broker actor).

import { need } from "../../base/outcome.ts";
import { randomUuid } from "../../base/uuid.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../../runtime/routine.ts";
import { readSmallFile } from "../../storage/disk-steps.ts";
import { removeLogDirectory } from "../../storage/log.ts";
import {
  decodeOffsetCheckpoint,
  OFFSET_CHECKPOINT_BYTES_MAX,
} from "../../storage/offset-checkpoint.ts";
import { partitionOfDirectory } from "../../storage/partition-directory.ts";
import type { CheckpointedValue } from "./checkpoint-book.ts";
import { CHECKPOINT_FILES } from "./checkpoint-book.ts";
import type { BrokerState, LogDirectory } from "./state.ts";

const READS_MAX = 3;
const LEFTOVER = /-delete$/;

/** At start: which partitions are there, and what the checkpoints say of them. */
export function* readLogDirectory(
  b: BrokerState,
  directory: LogDirectory,
): Routine<readonly string[]> {
  const entries = yield* disk("list", { path: directory.path });
  for (const { name, isDirectory } of entries) {
    if (isDirectory && partitionOfDirectory(name) !== undefined) directory.names.add(name);
  }
  for (const value of Object.keys(CHECKPOINT_FILES) as CheckpointedValue[]) {
    yield* readCheckpoint(b, directory, value);
  }
  return entries
    .filter(({ name, isDirectory }) => isDirectory && LEFTOVER.test(name))
    .map(({ name }) => `${directory.path}/${name}`);
}

function* readCheckpoint(
  b: BrokerState,
  directory: LogDirectory,
  value: CheckpointedValue,
): Routine<void> {
  const path = `${directory.path}/${CHECKPOINT_FILES[value]}`;
  let read = yield* attempt(readSmallFile(path, OFFSET_CHECKPOINT_BYTES_MAX));
  // A disk that stumbles must not bring back records that a client has been told are deleted.
  for (let tries = 1; !read.ok && tries < READS_MAX; tries++) {
    read = yield* attempt(readSmallFile(path, OFFSET_CHECKPOINT_BYTES_MAX));
  }
  if (read.ok && read.value === null) return;
  const decoded = read.ok ? decodeOffsetCheckpoint(read.value!) : read;
  if (decoded.ok) return directory.book.load(value, decoded.value);
  // Hints only: without them more is scanned, and deleted records of a first segment come back.
  b.out.log("warn", "a checkpoint cannot be used", { path, detail: decoded.detail });
}

/** Removes what interrupted removals left. Background work: nothing waits for it, nothing needs it. */
export function* removeLeftovers(b: BrokerState, paths: readonly string[]): Routine<void> {
  for (const path of paths) {
    const removed = yield* attempt(removeLogDirectory(path));
    const level = removed.ok ? "info" : "warn";
    b.out.log(level, "leftover of a deleted topic", { path, removed: removed.ok });
  }
}

/**
 * Gets a directory of a topic id that is no more out of the way. It is kept under another name, as
 * Kafka keeps stray directories: nobody asked for these records to be deleted.
 */
export function* retireDirectory(
  b: BrokerState,
  logDirectory: string,
  directory: string,
): Routine<null> {
  const to = strayName(directory, (length) => b.world.bytes(length));
  const renamed = yield* tryDisk("rename", {
    from: `${logDirectory}/${directory}`,
    to: `${logDirectory}/${to}`,
  });
  if (!renamed.ok && renamed.fault === "ENOENT") return null;
  need(renamed);
  yield* disk("syncDirectory", { path: logDirectory });
  b.directories.find(({ path }) => path === logDirectory)?.names.delete(directory);
  b.out.log("warn", "directory of an unknown topic put aside", { directory, as: to });
  return null;
}

/** `<topic>-<index>.<unique>-stray`, the topic cut so that file systems accept the name. */
function strayName(directory: string, randomBytes: (length: number) => Uint8Array): string {
  const unique = randomUuid(randomBytes).replaceAll("-", "_");
  const dash = directory.lastIndexOf("-");
  const suffix = `${directory.slice(dash)}.${unique}-stray`;
  return directory.slice(0, Math.min(dash, 255 - suffix.length)) + suffix;
}
