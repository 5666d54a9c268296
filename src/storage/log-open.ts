// Opening a log: what is in the directory, where reading has to begin, and what the log then knows of
// itself. After a clean stop that is a look at the last segment's end; after any other, everything
// from the recovery point on is read and checked (log-recovery.ts).
//
// Lives on: anywhere (over the Disk port).

import { failure, need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk } from "../runtime/routine.ts";
import { baseOffsetOf, lastOffsetOf, leaderEpochOf, recordsAt } from "../protocol/record-batch.ts";
import { walkBatches } from "./batch-scan.ts";
import { writeDerivedFile } from "./disk-steps.ts";
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  parentOf,
  TIME_INDEX_SUFFIX,
} from "./file-names.ts";
import {
  decodeLeaderEpochs,
  LEADER_EPOCH_BYTES_MAX,
  LEADER_EPOCH_FILE,
} from "./leader-epoch-checkpoint.ts";
import { LeaderEpochCache } from "./leader-epochs.ts";
import type { LogFiles, SegmentFile } from "./log-files.ts";
import { takeStock } from "./log-files.ts";
import { readIndexes } from "./log-indexes.ts";
import { forgetSnapshots, loadProducers, loadSnapshot, replayProducers } from "./log-producers.ts";
import type { ScanStart } from "./log-recovery.ts";
import { Recovery } from "./log-recovery.ts";
import { LogState } from "./log-state.ts";
import type { LogOptions, OpenOptions, RecoveryReport } from "./log-types.ts";
import {
  decodePartitionMetadata,
  encodePartitionMetadata,
  PARTITION_METADATA_BYTES_MAX,
  PARTITION_METADATA_FILE,
} from "./partition-metadata.ts";
import { OFFSET_INDEX_ENTRY_BYTES } from "./offset-index.ts";
import { Segment } from "./segment.ts";
import { SUSPECT_TAIL_FILE, writeTailAgain } from "./suspect-tail.ts";
import { TIME_INDEX_ENTRY_BYTES } from "./time-index.ts";

/** A last segment up to this size is read whole rather than by way of its index files. */
const SMALL_SEGMENT_BYTES = 256 * 1024;

export type OpenedLog = { readonly state: LogState; readonly report: RecoveryReport };

/** A new log in a directory of its own, with its names on disk. */
export function* createLog(options: LogOptions): Routine<LogState> {
  const state = new LogState(options);
  yield* disk("makeDirectory", { path: state.directory });
  yield* addFirstSegment(state, 0, options.nowMs);
  if (state.topicId !== null) yield* writeTopicId(state, state.topicId);
  yield* disk("syncDirectory", { path: state.directory });
  yield* disk("syncDirectory", { path: parentOf(state.directory) });
  return state;
}

export function* openLog(options: OpenOptions): Routine<OpenedLog> {
  const state = new LogState(options);
  const files = yield* takeStock(state.directory, options.entries);
  yield* checkTopicId(state, files);
  state.segments = files.segments.map((file) => segmentOf(state, file, files, options.nowMs));
  state.snapshots = [...files.snapshots];
  if (state.segments.length === 0) {
    yield* addFirstSegment(state, options.logStartOffset, options.nowMs);
    yield* disk("syncDirectory", { path: state.directory });
  }
  const rebuiltFiles: string[] = [];
  const epochsFound = yield* loadEpochs(state, files, rebuiltFiles);
  const isSuspect = files.sizes.has(SUSPECT_TAIL_FILE);
  const trusting = isSuspect ? { ...options, cleanStart: false } : options;
  const recovery = new Recovery(state, trusting, rebuiltFiles);
  const start = yield* recover(state, trusting, recovery, epochsFound);
  const lacksMark = options.mayLackMark === true && options.recoveryPoint < state.logEndOffset;
  if (isSuspect || lacksMark) yield* writeTailAgain(state, start);
  return { state, report: settle(state, trusting, recovery) };
}

function segmentOf(state: LogState, file: SegmentFile, files: LogFiles, nowMs: number): Segment {
  const { baseOffset, sizeBytes } = file;
  const segment = new Segment(state.directory, baseOffset, sizeBytes, nowMs);
  const offsetIndexBytes = files.sizes.get(offsetFileName(baseOffset, OFFSET_INDEX_SUFFIX)) ?? 0;
  const timeIndexBytes = files.sizes.get(offsetFileName(baseOffset, TIME_INDEX_SUFFIX)) ?? 0;
  segment.entriesOnDisk =
    offsetIndexBytes / OFFSET_INDEX_ENTRY_BYTES + timeIndexBytes / TIME_INDEX_ENTRY_BYTES;
  return segment;
}

function* recover(
  state: LogState,
  options: OpenOptions,
  recovery: Recovery,
  epochsFound: boolean,
): Routine<ScanStart> {
  const { cleanStart, nowMs } = options;
  state.logStartOffset = Math.max(options.logStartOffset, state.segments[0]!.baseOffset);
  const start = yield* whereToStart(state, options, recovery, epochsFound);
  // What follows is read again, so that the epochs tell of what is there and of nothing else.
  state.epochs.truncateFromEnd(start.offset);
  // After a clean stop the newest snapshot is of the very end. After any other it may tell of batches
  // that have not survived, unless it is of the part that is known to be on disk.
  const snapshotMax = cleanStart ? Number.MAX_SAFE_INTEGER : start.offset;
  recovery.rebuiltFiles.push(...(yield* loadSnapshot(state, snapshotMax, nowMs)));
  if (state.producers.endOffset < start.offset) yield* replayProducers(state, start.offset, nowMs);
  yield* recovery.run(start);

  state.logEndOffset = recovery.nextOffset;
  state.logStartOffset = Math.min(state.logStartOffset, state.logEndOffset);
  if (yield* forgetSnapshots(state, (offset) => offset > state.logEndOffset)) {
    yield* disk("syncDirectory", { path: state.directory });
  }
  state.firstDirtyOffset = Math.min(options.firstDirtyOffset ?? 0, state.logEndOffset);
  if (state.producers.endOffset > state.logEndOffset) {
    yield* loadProducers(state, state.logEndOffset, nowMs);
  }
  state.producers.skipTo(state.logEndOffset);
  if (recovery.epochsContradicted) yield* rebuildEpochs(state, recovery);
  state.epochs.truncateFromEnd(state.logEndOffset);
  state.epochs.truncateFromStart(state.logStartOffset);
  return start;
}

function settle(state: LogState, options: OpenOptions, recovery: Recovery): RecoveryReport {
  const { cleanStart, recoveryPoint } = options;
  const clamped = recoveryPoint > state.logEndOffset;
  const trusted = cleanStart && recovery.damaged.length === 0;
  state.recoveryPoint = trusted ? state.logEndOffset : Math.min(recoveryPoint, state.logEndOffset);
  state.damaged = [...recovery.damaged];
  return {
    scannedBytes: recovery.scannedBytes,
    tornBytes: recovery.tornBytes,
    tornSegments: recovery.tornSegments,
    damaged: recovery.damaged,
    rebuiltFiles: recovery.rebuiltFiles,
    recoveryPointClamped: clamped,
  };
}

function* addFirstSegment(state: LogState, baseOffset: number, nowMs: number): Routine<void> {
  const segment = new Segment(state.directory, baseOffset, 0, nowMs);
  segment.startIndexes();
  yield* disk("create", { path: segment.path(LOG_SUFFIX) });
  state.segments = [segment];
  state.logStartOffset = baseOffset;
  state.logEndOffset = baseOffset;
  state.recoveryPoint = baseOffset;
  state.producers.clear(baseOffset);
}

/** A directory of another topic of the same name must not be taken for this one's. */
function* checkTopicId(state: LogState, files: LogFiles): Routine<void> {
  const { topicId } = state;
  if (topicId === null) return;
  const size = files.sizes.get(PARTITION_METADATA_FILE) ?? 0;
  if (size > 0 && size <= PARTITION_METADATA_BYTES_MAX) {
    const path = state.path(PARTITION_METADATA_FILE);
    const bytes = yield* disk("read", { path, position: 0, length: size });
    const decoded = decodePartitionMetadata(bytes);
    if (decoded.ok && decoded.value.topicId === topicId) return;
    if (decoded.ok) {
      const { topicId: found } = decoded.value;
      need(failure("refused", `${state.directory} is of topic id ${found}, not ${topicId}`));
    }
  }
  // Also where there is no room for it: the log opens.
  yield* attempt(writeTopicId(state, topicId));
}

/** Not synced: whoever opens the log knows the id, and writes it again when the file is no use. */
function* writeTopicId(state: LogState, topicId: string): Routine<void> {
  const path = state.path(PARTITION_METADATA_FILE);
  yield* writeDerivedFile(path, encodePartitionMetadata({ topicId }));
}

/** False when the epochs must be read from the batches: the checkpoint is missing or no use. */
function* loadEpochs(state: LogState, files: LogFiles, rebuiltFiles: string[]): Routine<boolean> {
  const size = files.sizes.get(LEADER_EPOCH_FILE);
  const path = state.path(LEADER_EPOCH_FILE);
  if (size !== undefined && size <= LEADER_EPOCH_BYTES_MAX) {
    const bytes = yield* disk("read", { path, position: 0, length: size });
    const decoded = decodeLeaderEpochs(bytes);
    if (decoded.ok) {
      state.epochs = new LeaderEpochCache(decoded.value);
      state.epochsOnDisk = decoded.value;
      return true;
    }
  }
  if (state.sizeBytes === 0) return true;
  if (size !== undefined) rebuiltFiles.push(path);
  return false;
}

function* rebuildEpochs(state: LogState, recovery: Recovery): Routine<void> {
  recovery.rebuiltFiles.push(state.path(LEADER_EPOCH_FILE));
  state.epochs.clear();
  for (const segment of state.segments) {
    yield* walkBatches(segment, 0, state.boundsOf(segment), (bytes, at) => {
      const epoch = leaderEpochOf(bytes, at);
      if (epoch > state.epochs.latestEpoch) state.epochs.assign(epoch, baseOffsetOf(bytes, at));
    });
  }
}

/** The first batch to be read and checked. */
function* whereToStart(
  state: LogState,
  options: OpenOptions,
  recovery: Recovery,
  epochsFound: boolean,
): Routine<ScanStart> {
  const { segments } = state;
  if (!epochsFound) return startOf(segments[0]!, 0);
  const { cleanStart, recoveryPoint } = options;
  const index = cleanStart ? segments.length - 1 : Math.max(0, state.segmentAt(recoveryPoint));
  const segment = segments[index]!;
  const offsetMax = cleanStart ? Number.MAX_SAFE_INTEGER : recoveryPoint;
  const isWorthwhile = segment.sizeBytes > SMALL_SEGMENT_BYTES && offsetMax > segment.baseOffset;
  const byIndex = isWorthwhile ? yield* startByIndex(segment, index, offsetMax) : null;
  if (byIndex !== null) return byIndex;
  if (isWorthwhile && cleanStart) recovery.rebuiltFiles.push(segment.path(OFFSET_INDEX_SUFFIX));
  return startOf(segment, index);
}

function startOf(segment: Segment, index: number): ScanStart {
  return { index, position: 0, offset: segment.baseOffset };
}

/**
 * The last batch at or below `offsetMax` that the index files know of, if these are in order. The
 * segment then has its indexes up to there.
 */
function* startByIndex(
  segment: Segment,
  index: number,
  offsetMax: number,
): Routine<ScanStart | null> {
  const indexes = yield* readIndexes(segment);
  if (indexes === null) return null;
  const { offsets, times } = indexes;
  const slot = offsets.floor(offsetMax);
  if (slot < 0 || times.size === 0) return null;
  const lastOffset = offsets.offsetAt(slot);
  const position = offsets.positionAt(slot);
  const path = segment.path(LOG_SUFFIX);
  const header = yield* disk("read", { path, position, length: recordsAt });
  if (header.length < recordsAt || lastOffsetOf(header) !== lastOffset) return null;
  offsets.truncateTo(lastOffset + 1);
  times.truncateTo(lastOffset + 1);
  segment.takeIndexes(indexes);
  return { index, position, offset: baseOffsetOf(header) };
}
