// Walking the batches of a segment file in pieces of bounded size: checking that each is whole and
// follows the one before, and, behind bytes that are none, searching for the next that is.
//
// Lives on: anywhere (over the Disk port).

import { LOG_SUFFIX } from "./file-names.ts";
import type { LeaderEpochCache } from "./leader-epochs.ts";
import type { Segment } from "./segment.ts";
import { crc32cOf } from "../base/crc32c.ts";
import type { Routine } from "../runtime/routine.ts";
import { disk, recycle, tryDisk } from "../runtime/routine.ts";
import {
  attributesAt,
  baseOffsetOf,
  batchSizeOf,
  crcOf,
  hasExactNumbers,
  isCrcRight,
  lastOffsetDeltaOf,
  lastOffsetOf,
  leaderEpochOf,
  magicOf,
  recordCountOf,
  recordsAt,
} from "../protocol/record-batch.ts";

/** What a scan holds in memory at a time. */
export const SCAN_CHUNK_BYTES = 1024 * 1024;

export type ScanOptions = {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** No batch may begin below it. */
  readonly leastOffset: number;
  /** No batch may be of an earlier leader epoch, nor of an earlier one than the batch before. */
  readonly leastEpoch: number;
  readonly bounds: ScanBounds;
  /** Otherwise only the headers are looked at. */
  readonly checkCrc: boolean;
};

/** What is known of a segment from outside: for fields that a batch's checksum does not cover. */
export type ScanBounds = {
  /** No batch may reach it. */
  readonly endOffset: number;
  /** The file of the segment that follows. */
  readonly nextPath: string | null;
  /** Compaction leaves gaps between offsets. */
  readonly mayHaveGaps: boolean;
  /** What is known of epochs from elsewhere; below `settledEnd` it is of these very batches. */
  readonly epochs: LeaderEpochCache;
  readonly settledEnd: number;
};

export type ScanResult = {
  /** Where the first batch stands that is not in order; `to` when all are. */
  readonly position: number;
  /** What the batch there ought to begin with, at least. */
  readonly nextOffset: number;
  readonly epoch: number;
};

/**
 * Sees a batch whose header lies at `at`; the records need not be in `bytes` when it is large, and nothing of
 * `bytes` is to be kept: what has been walked over is read into again. Answers
 * `"stop"` when it has seen what it looks for: the scan then ends at this batch.
 */
export type BatchVisitor = (bytes: Uint8Array, at: number, position: number) => "stop" | void;

export function* scanBatches(options: ScanOptions, visit: BatchVisitor): Routine<ScanResult> {
  const { path, to, checkCrc } = options;
  let { from: position, leastOffset: nextOffset, leastEpoch: epoch } = options;
  while (position < to) {
    const length = Math.min(SCAN_CHUNK_BYTES, to - position);
    const bytes = yield* disk("read", { path, position, length });
    let at = 0;
    while (at < bytes.length) {
      const end = { position: position + at, nextOffset, epoch };
      const size = sizeInOrder(bytes, at, to - position - at, nextOffset, epoch);
      if (size === WRONG) return end;
      // The rest of it is in the next chunk, unless it is larger than any.
      if (at > 0 && (size === MORE_NEEDED || at + size > bytes.length)) break;
      const isSound =
        at + size <= bytes.length
          ? !checkCrc || isCrcRight(bytes, at)
          : size > 0 && (!checkCrc || (yield* isLargeCrcRight(path, position, bytes)));
      if (!isSound) return end;
      const isJump = baseOffsetOf(bytes, at) !== nextOffset || leaderEpochOf(bytes, at) !== epoch;
      if (isJump && !(yield* isJumpSound(options, end, bytes, at, position))) return end;
      if (visit(bytes, at, position + at) === "stop") return end;
      nextOffset = lastOffsetOf(bytes, at) + 1;
      epoch = leaderEpochOf(bytes, at);
      at += size;
    }
    position += at;
    // The file is shorter than was said.
    if (at === 0) break;
    yield* recycle(bytes);
  }
  return { position, nextOffset, epoch };
}

/**
 * Base offset and leader epoch lie outside the checksum. Where they jump, the batch behind tells
 * whether they may, and what is known of the segment and of epochs from elsewhere: of three that say
 * something of an epoch, two are believed.
 */
function* isJumpSound(
  options: ScanOptions,
  before: { readonly nextOffset: number; readonly epoch: number },
  bytes: Uint8Array,
  at: number,
  position: number,
): Routine<boolean> {
  const { bounds } = options;
  const baseOffset = baseOffsetOf(bytes, at);
  const nextOffset = lastOffsetOf(bytes, at) + 1;
  const epoch = leaderEpochOf(bytes, at);
  if (nextOffset > bounds.endOffset) return false;
  const knownEpoch = bounds.epochs.epochFor(baseOffset);
  const header = yield* headerBehind(options, bytes, at, position);
  if (header === null) {
    // Of what lies before the first batch that is looked at nothing is known.
    const isFirst = position + at === options.from && options.from > 0;
    const isGap = !isFirst && baseOffset !== before.nextOffset;
    if (isGap && !bounds.mayHaveGaps && bounds.endOffset === Infinity) return false;
    if (knownEpoch < 0 || knownEpoch === epoch || baseOffset >= bounds.settledEnd) return true;
    return before.epoch < 0 || bounds.epochs.epochFor(before.nextOffset - 1) !== before.epoch;
  }
  // What is behind may be damaged itself, and then tells nothing.
  if (header.length < recordsAt || !isPlausibleHeader(header, 0)) return true;
  const nextEpoch = leaderEpochOf(header);
  if (baseOffsetOf(header) < nextOffset || nextEpoch < epoch) return false;
  if (knownEpoch < 0 || knownEpoch === epoch || nextEpoch === epoch) return true;
  return bounds.epochs.epochFor(baseOffsetOf(header)) !== nextEpoch;
}

/** The header of the batch behind, in this segment or the next; null at the end of the log. */
function* headerBehind(
  { path, to, bounds }: ScanOptions,
  bytes: Uint8Array,
  at: number,
  position: number,
): Routine<Uint8Array | null> {
  const behind = at + batchSizeOf(bytes, at);
  if (behind + recordsAt <= bytes.length) return bytes.subarray(behind, behind + recordsAt);
  if (position + behind + recordsAt <= to) {
    return yield* disk("read", { path, position: position + behind, length: recordsAt });
  }
  if (bounds.nextPath === null) return null;
  const read = yield* tryDisk("read", { path: bounds.nextPath, position: 0, length: recordsAt });
  return read.ok && read.value.length === recordsAt ? read.value : null;
}

/** Every batch of a segment, on the near and on the far side of places that hold none. Headers only. */
export function* walkBatches(
  segment: Segment,
  from: number,
  bounds: ScanBounds,
  visit: BatchVisitor,
): Routine<void> {
  const path = segment.path(LOG_SUFFIX);
  const to = segment.sizeBytes;
  let start = from;
  let leastOffset = segment.baseOffset;
  let isStopped = false;
  const watch: BatchVisitor = (bytes, at, position) => {
    isStopped = visit(bytes, at, position) === "stop";
    return isStopped ? "stop" : undefined;
  };
  while (start < to) {
    const scan = { path, from: start, to, leastOffset, leastEpoch: -1, bounds };
    const { position, nextOffset } = yield* scanBatches({ ...scan, checkCrc: false }, watch);
    if (isStopped || position >= to) return;
    const found = yield* findBatch({ ...scan, from: position + 1, leastOffset: nextOffset });
    if (found === null) return;
    start = found.position;
    leastOffset = found.baseOffset;
  }
}

const WRONG = -1;
const MORE_NEEDED = 0;

/** The size of the batch at `at`, `MORE_NEEDED` when its header is not all in `bytes`, or `WRONG`. */
function sizeInOrder(
  bytes: Uint8Array,
  at: number,
  bytesLeft: number,
  leastOffset: number,
  leastEpoch: number,
): number {
  if (bytesLeft < recordsAt) return WRONG;
  if (bytes.length - at < recordsAt) return MORE_NEEDED;
  if (!isPlausibleHeader(bytes, at)) return WRONG;
  const size = batchSizeOf(bytes, at);
  if (size > bytesLeft || baseOffsetOf(bytes, at) < leastOffset) return WRONG;
  return leaderEpochOf(bytes, at) < leastEpoch ? WRONG : size;
}

function isPlausibleHeader(bytes: Uint8Array, at: number): boolean {
  const lastDelta = lastOffsetDeltaOf(bytes, at);
  const count = recordCountOf(bytes, at);
  return (
    magicOf(bytes, at) === 2 &&
    batchSizeOf(bytes, at) >= recordsAt &&
    hasExactNumbers(bytes, at) &&
    baseOffsetOf(bytes, at) >= 0 &&
    lastDelta >= 0 &&
    count >= 0 &&
    count <= lastDelta + 1
  );
}

/** `bytes`: what has been read of the batch so far, at least its header. The rest is read in pieces. */
function* isLargeCrcRight(path: string, position: number, bytes: Uint8Array): Routine<boolean> {
  const size = batchSizeOf(bytes);
  let crc = crc32cOf(bytes, attributesAt, Math.min(size, bytes.length));
  let at = bytes.length;
  while (at < size) {
    const length = Math.min(SCAN_CHUNK_BYTES, size - at);
    const piece = yield* disk("read", { path, position: position + at, length });
    if (piece.length < length) return false;
    crc = crc32cOf(piece, 0, length, crc);
    at += length;
  }
  return crc === crcOf(bytes);
}

/**
 * The first whole batch in `[from, to)` that may follow: its checksum is right, and its offset and
 * epoch are not lower than those given. Null when there is none.
 */
export function* findBatch(
  options: Omit<ScanOptions, "checkCrc" | "bounds">,
): Routine<{ position: number; baseOffset: number } | null> {
  const { path, to, leastOffset, leastEpoch } = options;
  let position = options.from;
  while (to - position >= recordsAt) {
    const length = Math.min(SCAN_CHUNK_BYTES, to - position);
    const bytes = yield* disk("read", { path, position, length });
    if (bytes.length < recordsAt) return null;
    const headersEnd = bytes.length - recordsAt;
    for (let at = 0; at <= headersEnd; at++) {
      if (bytes[at + 16] !== 2) continue;
      const size = sizeInOrder(bytes, at, to - position - at, leastOffset, leastEpoch);
      // A segment's offsets lie within 2^31 of each other: whatever says otherwise is no batch.
      if (size === WRONG || baseOffsetOf(bytes, at) > leastOffset + 0x7fff_ffff) continue;
      const isWhole =
        at + size <= bytes.length
          ? isCrcRight(bytes, at)
          : yield* isLargeCrcRight(path, position + at, bytes.subarray(at));
      if (isWhole) return { position: position + at, baseOffset: baseOffsetOf(bytes, at) };
    }
    position += headersEnd + 1;
  }
  return null;
}
