// What lies in a partition's directory when its log is opened: which files are segments and snapshots,
// and what an interrupted deletion, compaction or replacement has left (`LogLoader` of Kafka).
//
// Lives on: anywhere (over the Disk port).

import type { DirectoryEntry } from "../runtime/ports.ts";
import type { Routine } from "../runtime/routine.ts";
import { disk } from "../runtime/routine.ts";
import { LeaderEpochCache } from "./leader-epochs.ts";
import { scanBatches } from "./batch-scan.ts";
import { unlinkIfThere } from "./disk-steps.ts";
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  SEGMENT_SUFFIXES,
  SNAPSHOT_SUFFIX,
  SWAP_SUFFIX,
  TEMPORARY_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";

export type SegmentFile = { readonly baseOffset: number; readonly sizeBytes: number };

export type LogFiles = {
  /** Ascending. */
  readonly segments: readonly SegmentFile[];
  readonly snapshots: readonly number[];
  /** Sizes of every file there is. */
  readonly sizes: ReadonlyMap<string, number>;
};

/**
 * Puts the directory in order and says what is in it. Nothing has to be done when it is in order and has
 * just been `listed`, which counts with ten thousand of them.
 */
export function* takeStock(
  directory: string,
  listed?: readonly DirectoryEntry[],
): Routine<LogFiles> {
  let entries = listed ?? (yield* disk("list", { path: directory }));
  if (hasLeftovers(entries)) {
    yield* removeTemporaryFiles(directory, entries);
    yield* finishSwaps(directory);
    yield* removeOrphans(directory);
    yield* disk("syncDirectory", { path: directory });
    entries = yield* disk("list", { path: directory });
  }
  const sizes = new Map<string, number>();
  for (const { name, isDirectory, sizeBytes } of entries) {
    if (!isDirectory) sizes.set(name, sizeBytes);
  }
  const segments: SegmentFile[] = [];
  for (const { offset, sizeBytes } of withOffsets(entries, LOG_SUFFIX)) {
    segments.push({ baseOffset: offset, sizeBytes });
  }
  const snapshots = withOffsets(entries, SNAPSHOT_SUFFIX).map(({ offset }) => offset);
  return { segments, snapshots, sizes };
}

type FileWithOffset = {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
};

/** The files of that kind, ascending by the offset in their names. */
function withOffsets(entries: readonly DirectoryEntry[], suffix: string): FileWithOffset[] {
  const found: FileWithOffset[] = [];
  for (const { name, isDirectory, sizeBytes } of entries) {
    const offset = isDirectory ? null : offsetOfFileName(name, suffix);
    if (offset !== null) found.push({ name, offset, sizeBytes });
  }
  return found.sort((a, b) => a.offset - b.offset);
}

const LEFTOVER_SUFFIXES = [DELETED_SUFFIX, CLEANED_SUFFIX, SWAP_SUFFIX, TEMPORARY_SUFFIX];
const INDEX_SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];

function hasLeftovers(entries: readonly DirectoryEntry[]): boolean {
  const files = entries.filter(({ isDirectory }) => !isDirectory);
  return (
    files.some(({ name }) => LEFTOVER_SUFFIXES.some((suffix) => name.endsWith(suffix))) ||
    orphansAmong(files).length > 0
  );
}

/** Indexes of segments that are not there. */
function orphansAmong(entries: readonly DirectoryEntry[]): string[] {
  const bases = new Set(withOffsets(entries, LOG_SUFFIX).map(({ offset }) => offset));
  const indexes = INDEX_SUFFIXES.flatMap((suffix) => withOffsets(entries, suffix));
  return indexes.filter(({ offset }) => !bases.has(offset)).map(({ name }) => name);
}

function* removeOrphans(directory: string): Routine<void> {
  const entries = yield* disk("list", { path: directory });
  for (const name of orphansAmong(entries)) yield* unlinkIfThere(`${directory}/${name}`);
}

/**
 * Files set aside, half-written replacements, half-done compaction. A swap file at or behind a
 * `.cleaned` one is of a split that did not end (KAFKA-6264) and goes with it.
 */
function* removeTemporaryFiles(
  directory: string,
  entries: readonly DirectoryEntry[],
): Routine<void> {
  const names = entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
  const cleaned = names.filter((name) => name.endsWith(CLEANED_SUFFIX));
  const firstCleaned = Math.min(Infinity, ...cleaned.map((name) => leadingOffset(name)));
  const useless = names.filter(
    (name) =>
      name.endsWith(DELETED_SUFFIX) ||
      name.endsWith(TEMPORARY_SUFFIX) ||
      (name.endsWith(SWAP_SUFFIX) && leadingOffset(name) >= firstCleaned),
  );
  // The `.cleaned` files last: while they are there, the swap files beside them are known for void.
  for (const name of [...useless, ...cleaned]) yield* unlinkIfThere(`${directory}/${name}`);
}

/** The offset that a name begins with; beyond all others when it begins with none. */
function leadingOffset(name: string): number {
  const offset = offsetOfFileName(name.slice(0, 20), "");
  return offset ?? Infinity;
}

/** Segments that a finished compaction was to replace go; its output takes their names. */
function* finishSwaps(directory: string): Routine<void> {
  const entries = yield* disk("list", { path: directory });
  const swapped = withOffsets(entries, LOG_SUFFIX + SWAP_SUFFIX);
  if (swapped.length > 0) {
    const last = swapped.at(-1)!;
    const first = swapped[0]!.offset;
    const end = yield* endOfSwapped(`${directory}/${last.name}`, last.offset, last.sizeBytes);
    const kinds = [...SEGMENT_SUFFIXES, SNAPSHOT_SUFFIX];
    const replaced = kinds.flatMap((suffix) => withOffsets(entries, suffix));
    for (const { name, offset } of replaced) {
      if (offset >= first && offset < end) yield* unlinkIfThere(`${directory}/${name}`);
    }
    yield* disk("syncDirectory", { path: directory });
  }
  for (const { name } of entries) {
    if (!name.endsWith(SWAP_SUFFIX)) continue;
    const from = `${directory}/${name}`;
    yield* disk("rename", { from, to: from.slice(0, -SWAP_SUFFIX.length) });
  }
}

function* endOfSwapped(path: string, baseOffset: number, sizeBytes: number): Routine<number> {
  const bounds = {
    endOffset: Infinity,
    nextPath: null,
    mayHaveGaps: true,
    epochs: new LeaderEpochCache(),
    settledEnd: 0,
  };
  const scan = { path, from: 0, to: sizeBytes, leastOffset: baseOffset, leastEpoch: -1, bounds };
  const { nextOffset } = yield* scanBatches({ ...scan, checkCrc: false }, () => undefined);
  return nextOffset;
}
