// What a Raft node finds on disk when it starts: its vote, the newest snapshot that can be read, and
// the log from there on. A damaged snapshot gives way to the one before it and the log behind that;
// when the two do not meet the node refuses to start, rather than to go on with an image that has
// holes.
//
// Lives on: the metadata host (over the Disk port).

import { failure, need } from "../../base/outcome.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../../runtime/routine.ts";
import { readSmallFile, unlinkIfThere } from "../../storage/disk-steps.ts";
import { parentOf } from "../../storage/file-names.ts";
import type { LogSettings, RecoveryReport } from "../../storage/log.ts";
import { Log } from "../../storage/log.ts";
import {
  decodeOffsetCheckpoint,
  encodeOffsetCheckpoint,
  RECOVERY_POINT_FILE,
} from "../../storage/offset-checkpoint.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { VoterSet } from "../../metadata/control-records.ts";
import { votersIn } from "../../metadata/control-records.ts";
import { baseOffsetOf, batchSizeAt, nextOffsetOf } from "../../protocol/record-batch.ts";
import type { VotersAt } from "./core/voters.ts";
import type { RaftNodeSettings } from "./messages.ts";
import type { Vote } from "./quorum-state.ts";
import { readVote, VOTE_FILE } from "./quorum-state.ts";
import type { SnapshotId } from "../../metadata/snapshot-file.ts";
import {
  DAMAGED_SUFFIX,
  decodeSnapshot,
  SNAPSHOT_BYTES_MAX,
  snapshotIdOf,
  snapshotVoters,
  snapshotName,
} from "../../metadata/snapshot-file.ts";

export const METADATA_TOPIC = "gofka-metadata";
const CHECKPOINT_BYTES_MAX = 4096;
const READ_BYTES = 1024 * 1024;

export type OpenedStore = {
  readonly log: Log;
  readonly report: RecoveryReport;
  readonly vote: Vote;
  readonly snapshot: {
    readonly id: SnapshotId;
    readonly records: readonly Uint8Array[];
    readonly voters: VoterSet | null;
  } | null;
  /** Sets of voters that the log brings, behind the snapshot. */
  readonly voterSets: readonly VotersAt[];
  /** All that are there and not known to be damaged, oldest first. */
  readonly snapshots: readonly SnapshotId[];
  /** The epoch of the last entry; 0 when there is none. */
  readonly lastEpoch: number;
  /** Lines for the node's log: what was amiss and what was done about it. */
  readonly notes: readonly string[];
};

/** The metadata log is never deleted by age or size, only as snapshots replace its beginning. */
function logSettings(segmentBytes: number): LogSettings {
  return {
    segmentBytes,
    segmentMs: Number.MAX_SAFE_INTEGER,
    segmentJitterMs: 0,
    segmentIndexBytes: 10 * 1024 * 1024,
    indexIntervalBytes: 4096,
    retentionMs: -1,
    retentionBytes: -1,
    fileDeleteDelayMs: 0,
    cleanupPolicy: ["delete"],
    producerIdExpirationMs: Number.MAX_SAFE_INTEGER,
  };
}

export function* openStore(settings: RaftNodeSettings, nowMs: number): Routine<OpenedStore> {
  const { directory, segmentBytes } = settings;
  const notes: string[] = [];
  yield* makeSafeDirectory(directory);
  const recoveryPoint = yield* readRecoveryPoint(directory);
  const { log, report } = yield* Log.open({
    directory,
    topicId: null,
    settings: logSettings(segmentBytes),
    nowMs,
    cleanStart: false,
    recoveryPoint,
    logStartOffset: 0,
    mayLackMark: true,
  });
  if (report.recoveryPointClamped) {
    notes.push(`the log ends at ${log.logEndOffset}, below ${recoveryPoint} that was on disk`);
  }
  // A vote or a snapshot that a killed process has renamed may have its name in the page cache alone:
  // neither is to be told of, nor built on, before a power cut can take it no more.
  yield* disk("syncDirectory", { path: directory });
  const { snapshot, snapshots } = yield* newestSnapshot(directory, notes);
  yield* meet(log, snapshot?.id ?? null, nowMs, notes);
  // Where it begins is kept nowhere else, and a segment may begin before: of what lies there the
  // epochs are not known any more.
  const oldest = snapshots[0]?.endOffset ?? 0;
  if (oldest <= log.logEndOffset) yield* log.advanceLogStart(oldest, nowMs);
  const lastEpoch = Math.max(0, log.epochs.latestEpoch, snapshot?.id.epoch ?? 0);
  const voterSets = yield* votersInLog(log, snapshot?.id.endOffset ?? 0);
  // One that has begun alone may have been joined since, whatever its configuration says.
  const voters = voterSets.at(-1)?.voters ?? snapshot?.voters ?? settings.voters;
  const vote = yield* voteOf({ ...settings, voters }, lastEpoch, notes);
  // What a crash has left in the page cache alone is not to be told of as being on disk. One who is
  // alone tells nobody before its next sync.
  if (voters.length > 1 && log.recoveryPoint < log.logEndOffset) yield* log.sync();
  return { log, report, vote, snapshot, snapshots, voterSets, lastEpoch, notes };
}

/** Who votes has to be known before the first step, committed or not. */
function* votersInLog(log: Log, from: number): Routine<VotersAt[]> {
  const sets: VotersAt[] = [];
  let at = Math.max(from, log.logStartOffset);
  while (at < log.logEndOffset) {
    const bytes = yield* log.read(at, READ_BYTES, log.logEndOffset, true);
    if (bytes.length === 0) need(failure("corrupt", `the metadata log ends at ${at}`));
    for (let position = 0; position < bytes.length; position += batchSizeAt(bytes, position)) {
      const voters = votersIn(bytes, position);
      const offset = baseOffsetOf(bytes, position);
      if (voters !== null && offset >= from) sets.push({ offset, voters });
      at = nextOffsetOf(bytes, position);
    }
  }
  return sets;
}

/** With its name on disk, and those of the directories above it, until a start has got that far. */
function* makeSafeDirectory(directory: string): Routine<void> {
  yield* disk("makeDirectory", { path: directory });
  const entries = yield* disk("list", { path: directory });
  if (entries.some(({ name }) => name === VOTE_FILE)) return;
  yield* disk("syncDirectory", { path: parentOf(directory) });
  // Of those far up nothing is new, and not all of them may be opened.
  let path = parentOf(directory);
  while (path !== "" && path !== "/") {
    path = parentOf(path);
    if (path !== "") yield* tryDisk("syncDirectory", { path });
  }
}

type Found = Pick<OpenedStore, "snapshot" | "snapshots">;

function* newestSnapshot(directory: string, notes: string[]): Routine<Found> {
  const entries = yield* disk("list", { path: directory });
  const found = entries
    .map(({ name, sizeBytes }) => ({ id: snapshotIdOf(name), sizeBytes }))
    .filter((entry): entry is { id: SnapshotId; sizeBytes: number } => entry.id !== null)
    .sort((a, b) => a.id.endOffset - b.id.endOffset || a.id.epoch - b.id.epoch);
  while (found.length > 0) {
    const { id, sizeBytes } = found.at(-1)!;
    const path = `${directory}/${snapshotName(id)}`;
    const isSane = sizeBytes <= SNAPSHOT_BYTES_MAX;
    const read = isSane
      ? yield* attempt(disk("read", { path, position: 0, length: sizeBytes }))
      : failure("corrupt", `it has ${sizeBytes} bytes`);
    const records = read.ok ? decodeSnapshot(read.value, id) : read;
    if (records.ok) {
      const voters = read.ok ? snapshotVoters(read.value) : null;
      const snapshot = { id, records: records.value, voters };
      return { snapshot, snapshots: found.map((each) => each.id) };
    }
    notes.push(`${path} cannot be used and is set aside: ${records.detail}`);
    yield* disk("rename", { from: path, to: path + DAMAGED_SUFFIX });
    yield* disk("syncDirectory", { path: directory });
    found.pop();
  }
  return { snapshot: null, snapshots: [] };
}

/** The log must go on where the snapshot ends, and hold all that lies behind it. */
function* meet(
  log: Log,
  snapshot: SnapshotId | null,
  nowMs: number,
  notes: string[],
): Routine<void> {
  const from = snapshot?.endOffset ?? 0;
  if (log.logStartOffset > from) {
    const known = snapshot === null ? "there is no snapshot" : `the snapshot ends at ${from}`;
    const what = `the metadata log begins at ${log.logStartOffset} and ${known}`;
    need(failure("corrupt", what));
  }
  if (log.logEndOffset < from) {
    notes.push(`the log ends at ${log.logEndOffset} and the snapshot at ${from}: begun anew there`);
    yield* log.truncateFullyAndStartAt(from, nowMs);
  } else if (snapshot !== null && log.logStartOffset < from) {
    const epoch = log.epochs.epochFor(from - 1);
    // Of what lies before a start that was moved on to here no epoch is known any more.
    if (epoch >= 0 && epoch !== snapshot.epoch) {
      // A crash has come between a snapshot of the leader's and the end of the log that it replaces.
      notes.push(`the log has epoch ${epoch} where the snapshot ends at ${from}: begun anew there`);
      yield* log.truncateFullyAndStartAt(from, nowMs);
    }
  }
  const bad = log.damaged.find(({ toOffset }) => toOffset > from);
  if (bad === undefined) return;
  const range = `offsets ${bad.fromOffset} to ${bad.toOffset}`;
  need(failure("corrupt", `the metadata log is damaged at ${range}: ${bad.path}, ${bad.reason}`));
}

/**
 * A vote that cannot be read is a danger only where others may have been voted for. Alone, a node has
 * never told anyone of a term that is not in its log.
 */
function* voteOf(
  { directory, nodeId, voters }: Pick<RaftNodeSettings, "directory" | "nodeId" | "voters">,
  lastEpoch: number,
  notes: string[],
): Routine<Vote> {
  const fromLog: Vote = { term: lastEpoch, votedFor: null };
  const read = yield* readVote(directory);
  if (read === null) return fromLog;
  if (read.ok) return read.value.term >= lastEpoch ? read.value : fromLog;
  const isAlone = voters.length === 1 && voters[0]?.nodeId === nodeId;
  if (!isAlone) need(read);
  notes.push(`${read.detail}: term ${lastEpoch} is taken from the log`);
  return fromLog;
}

// ------------------------------------------------------------------ recovery point

/** A hint: 0 when it is not known. */
function* readRecoveryPoint(directory: string): Routine<number> {
  const path = `${directory}/${RECOVERY_POINT_FILE}`;
  const bytes = yield* attempt(readSmallFile(path, CHECKPOINT_BYTES_MAX));
  if (!bytes.ok || bytes.value === null) return 0;
  const decoded = decodeOffsetCheckpoint(bytes.value);
  return decoded.ok ? (decoded.value[0]?.offset ?? 0) : 0;
}

/** What lies below is on disk: if it cannot be read later, it is damaged and not merely unfinished. */
export function* writeRecoveryPoint(log: Log): Routine<void> {
  const entry = { topic: METADATA_TOPIC, partition: 0, offset: log.recoveryPoint };
  yield* replaceFile(`${log.directory}/${RECOVERY_POINT_FILE}`, encodeOffsetCheckpoint([entry]));
}

// ------------------------------------------------------------------ snapshots

export function* removeSnapshots(directory: string, ids: readonly SnapshotId[]): Routine<void> {
  for (const id of ids) yield* unlinkIfThere(`${directory}/${snapshotName(id)}`);
}
