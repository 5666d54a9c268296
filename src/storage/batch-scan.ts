// Walking the batches of a segment file in pieces of bounded size: checking that each is whole and
// follows the one before, and, behind bytes that are none, searching for the next that is.
//
// Lives on: anywhere (over the Disk port).

import { LOG_SUFFIX } from "./file-names.ts";
import type { Segment } from "./segment.ts";
import { crc32cOf } from "../base/crc32c.ts";
import type { Routine } from "../runtime/routine.ts";
import { disk } from "../runtime/routine.ts";
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
  /** Compaction leaves gaps between offsets. */
  readonly mayHaveGaps: boolean;
};

export type ScanResult = {
  /** Where the first batch stands that is not in order; `to` when all are. */
  readonly position: number;
  /** What the batch there ought to begin with, at least. */
  readonly nextOffset: number;
  readonly epoch: number;
};

/**
 * Sees a batch whose header lies at `at`; the records need not be in `bytes` when it is large. Answers
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
      if (isJump && !(yield* isJumpSound(options, nextOffset, bytes, at, position))) return end;
      if (visit(bytes, at, position + at) === "stop") return end;
      nextOffset = lastOffsetOf(bytes, at) + 1;
      epoch = leaderEpochOf(bytes, at);
      at += size;
    }
    position += at;
    // The file is shorter than was said.
    if (at === 0) break;
  }
  return { position, nextOffset, epoch };
}

/**
 * Base offset and leader epoch lie outside the checksum. Where they jump, the batch behind tells
 * whether they may, and the segment's own bound.
 */
function* isJumpSound(
  { path, from, to, bounds }: ScanOptions,
  expectedOffset: number,
  bytes: Uint8Array,
  at: number,
  position: number,
): Routine<boolean> {
  const nextOffset = lastOffsetOf(bytes, at) + 1;
  if (nextOffset > bounds.endOffset) return false;
  const behind = at + batchSizeOf(bytes, at);
  if (to - position - behind < recordsAt) {
    // Of what lies before the first batch that is looked at nothing is known.
    const isFirst = position + at === from && from > 0;
    const isGap = !isFirst && baseOffsetOf(bytes, at) !== expectedOffset;
    return !isGap || bounds.mayHaveGaps || bounds.endOffset !== Infinity;
  }
  let header = bytes.subarray(behind, behind + recordsAt);
  if (header.length < recordsAt) {
    const where = { path, position: position + behind, length: recordsAt };
    header = yield* disk("read", where);
  }
  // What is behind may be damaged itself, and then tells nothing.
  if (header.length < recordsAt || !isPlausibleHeader(header, 0)) return true;
  return baseOffsetOf(header) >= nextOffset && leaderEpochOf(header) >= leaderEpochOf(bytes, at);
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
