// Making a log's bytes and what is derived from them safe: for the recovery point, for a clean stop,
// for good.
//
// Lives on: anywhere (over the Disk port).

import { need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../runtime/routine.ts";
import { unlinkIfThere } from "./disk-steps.ts";
import { DELETED_DIRECTORY_SUFFIX, LOG_SUFFIX, parentOf } from "./file-names.ts";
import { encodeLeaderEpochs, LEADER_EPOCH_FILE } from "./leader-epoch-checkpoint.ts";
import { writeIndexes } from "./log-indexes.ts";
import { takeSnapshot } from "./log-producers.ts";
import type { LogState } from "./log-state.ts";
import { replaceFile } from "./replace-file.ts";
import { markSuspectTail } from "./suspect-tail.ts";

const NAME_BYTES_MAX = 255;

/** Every byte appended so far is on disk afterwards. */
export function* syncSegments(state: LogState): Routine<void> {
  for (const segment of state.segments) {
    const size = segment.sizeBytes;
    if (segment.syncedBytes >= size) continue;
    const synced = yield* tryDisk("datasync", { path: segment.path(LOG_SUFFIX) });
    if (!synced.ok) yield* markSuspectTail(state.directory);
    need(synced);
    segment.syncedBytes = size;
  }
}

/** The same, and the recovery point says so. */
export function* syncLog(state: LogState): Routine<void> {
  const end = state.logEndOffset;
  yield* syncSegments(state);
  // Epochs below the recovery point are not read from the batches again.
  yield* writeEpochs(state);
  // What was cut off meanwhile stays cut off.
  state.recoveryPoint = Math.max(state.recoveryPoint, Math.min(end, state.logEndOffset));
}

/**
 * Somebody else has synced the files: everything below `end` is on disk. What is derived from it
 * follows, and then the recovery point.
 */
export function* recordSynced(state: LogState, end: number): Routine<void> {
  state.segments.forEach((segment, at) => {
    if (state.endOf(at) <= end) segment.syncedBytes = segment.sizeBytes;
  });
  yield* writeEpochs(state);
  state.recoveryPoint = Math.max(state.recoveryPoint, Math.min(end, state.logEndOffset));
}

export function* writeEpochs(state: LogState): Routine<void> {
  const { entries } = state.epochs;
  const onDisk = state.epochsOnDisk ?? [];
  const isSame =
    onDisk.length === entries.length &&
    onDisk.every(
      ({ epoch, startOffset }, at) =>
        entries[at]!.epoch === epoch && entries[at]!.startOffset === startOffset,
    );
  if (isSame) return;
  const written = [...entries];
  yield* replaceFile(state.path(LEADER_EPOCH_FILE), encodeLeaderEpochs(written));
  state.epochsOnDisk = written;
}

/** Also leaves behind what makes the next start quick, if there is room for it. */
export function* checkpointLog(state: LogState): Routine<void> {
  yield* syncLog(state);
  const { active } = state;
  if (active.indexes !== undefined) {
    active.sealTimes();
    yield* attempt(writeIndexes(active, active.indexes));
  }
  yield* attempt(takeSnapshot(state));
}

/**
 * Out of sight at once, then gone. The directory is renamed first, so that a crash on the way leaves
 * nothing that could be taken for a log.
 */
export function* removeLog(state: LogState): Routine<void> {
  for (const segment of state.segments) state.forget(segment);
  yield* removeTopicDirectory(state.directory, state.topicId);
}

/** The same for a log that could not be opened. Whose directory it is, the caller knows. */
export function* removeTopicDirectory(directory: string, topicId: string | null): Routine<void> {
  const parent = parentOf(directory);
  const name = directory.slice(directory.lastIndexOf("/") + 1);
  const ending = `.${topicId ?? "gone"}${DELETED_DIRECTORY_SUFFIX}`;
  const doomed = `${parent}/${name.slice(0, NAME_BYTES_MAX - ending.length)}${ending}`;
  const renamed = yield* tryDisk("rename", { from: directory, to: doomed });
  if (renamed.ok) yield* disk("syncDirectory", { path: parent });
  yield* removeLogDirectory(renamed.ok ? doomed : directory);
  yield* disk("syncDirectory", { path: parent });
}

/** Also for directories whose removal was interrupted: those whose names end with `-delete`. */
export function* removeLogDirectory(directory: string): Routine<void> {
  for (const { name, isDirectory } of yield* disk("list", { path: directory })) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* removeLogDirectory(path);
    else yield* unlinkIfThere(path);
  }
  yield* disk("removeDirectory", { path: directory });
}
