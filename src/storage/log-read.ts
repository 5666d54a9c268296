// Reading whole batches from a log by offset. One disk operation when the reader goes on where it
// stopped, a second one for a batch larger than was asked for; the index is used otherwise.
//
// Reads may run beside the log's one writer: a segment may be set aside between two answers of the
// disk. Its file is then not found, and the read begins anew with what the log is by then. So it does
// when compaction has put another in its place.
//
// Lives on: anywhere (over the Disk port). Hot: once per fetched partition.

import { failure, need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk, recycle, retain } from "../runtime/routine.ts";
import {
  baseOffsetOf,
  batchSizeAt,
  batchSizeOf,
  impossibleBatch,
  isCrcRight,
  lastOffsetOf,
  leaderEpochOf,
  recordCountOf,
  recordsAt,
} from "../protocol/record-batch.ts";
import { findBatch, scanBatches } from "./batch-scan.ts";

import { LOG_SUFFIX } from "./file-names.ts";
import { indexesOf } from "./log-indexes.ts";
import type { DamagedRange } from "./log-types.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";

/** Whoever asks for a few bytes gets what one look at the disk brings. */
const READ_BYTES_MIN = 4096;

/** Closed segments up to this size are walked from their beginning, without their index files. */
const NO_INDEX_BYTES = 64 * 1024;

/** A log changes its segments seldom; a read that finds it changed so often has met a bug. */
const ATTEMPTS_MAX = 8;

const GONE_BAD = "the bytes are not those that were written";

const NOTHING = new Uint8Array(0);

export type ReadRequest = {
  readonly offset: number;
  readonly maxBytes: number;
  /** Exclusive: no batch that reaches it is returned. */
  readonly end: number;
  /** The first batch is returned even when it is larger than `maxBytes`. */
  readonly wholeFirstBatch: boolean;
};

/** Whole batches; others may have the same buffer, see `SharedReads`. The first one holds `offset`, or is the next. */
export function* readBatches(state: LogState, request: ReadRequest): Routine<Uint8Array> {
  for (let attempts = 1; ; attempts++) {
    checkRange(state, request.offset);
    const { segments, layout } = state;
    const outcome = yield* attempt(readFrom(state, request));
    if (outcome.ok) return yield* withRecords(state, request, outcome.value);
    const isOther = segments !== state.segments || layout !== state.layout;
    const hasChanged = isOther && outcome.fault === "ENOENT";
    if (!hasChanged || attempts === ATTEMPTS_MAX) return need(outcome);
  }
}

/**
 * Behind headers that compaction has left of a segment, what follows them in the next: a reader that gets
 * no record takes that for the end of what there is, as a Java consumer's poll does.
 */
function* withRecords(
  state: LogState,
  request: ReadRequest,
  first: Uint8Array,
): Routine<Uint8Array> {
  if (first.byteLength === 0 || recordCountOf(first) > 0) return first;
  const parts: Uint8Array[] = [];
  let { offset, maxBytes } = request;
  for (let read = first; ;) {
    parts.push(read);
    maxBytes -= read.byteLength;
    const next = behindHeaders(read);
    if (next === undefined || maxBytes <= 0) break;
    offset = next;
    const rest = yield* attempt(readFrom(state, { ...request, offset, maxBytes }));
    // What keeps it from being read is told to whoever goes on there.
    if (!rest.ok || rest.value.byteLength === 0) break;
    read = rest.value;
  }
  return joined(parts);
}

/** Undefined: there are records among the batches. */
function behindHeaders(batches: Uint8Array): number | undefined {
  let offset = 0;
  for (let at = 0; at < batches.byteLength; at += batchSizeOf(batches, at)) {
    if (recordCountOf(batches, at) > 0) return undefined;
    offset = lastOffsetOf(batches, at) + 1;
  }
  return offset;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function checkRange(state: LogState, offset: number): void {
  if (offset >= state.logStartOffset && offset <= state.logEndOffset) return;
  const { logStartOffset, logEndOffset } = state;
  need(failure("refused", `offset ${offset} is not in [${logStartOffset}, ${logEndOffset}]`));
}

function* readFrom(state: LogState, request: ReadRequest): Routine<Uint8Array> {
  const end = Math.min(request.end, state.logEndOffset);
  if (request.offset >= end) return NOTHING;
  const damage = state.damageAt(request.offset);
  if (damage !== undefined) {
    need(failure("corrupt", `${damage.path} from byte ${damage.fromPosition}: ${damage.reason}`));
  }
  const { segments } = state;
  // Behind the last batch of a segment the next one goes on.
  for (let at = Math.max(state.segmentAt(request.offset), 0); at < segments.length; at++) {
    const segment = segments[at]!;
    if (segment.baseOffset >= end) break;
    const read = yield* readSegment(state, segment, { ...request, end });
    // More is known of the segment now: which of its places are damaged.
    if (read === "again") return yield* readFrom(state, request);
    if (read !== null) return read;
  }
  return NOTHING;
}

/** Null when every batch of the segment ends below the offset. */
function* readSegment(
  state: LogState,
  segment: Segment,
  request: ReadRequest,
): Routine<Uint8Array | "again" | null> {
  const { offset, maxBytes, wholeFirstBatch } = request;
  const stretch = yield* stretchOf(state, segment, request);
  let { position } = stretch;
  const { limit, isExact } = stretch;
  let wanted = Math.max(
    maxBytes + (isExact ? 0 : state.settings.indexIntervalBytes),
    READ_BYTES_MIN,
  );
  while (position < limit) {
    const length = Math.min(wanted, limit - position);
    const bytes = yield* readStretch(state, segment, position, length, isExact);
    if (segment.isReplaced) return "again";
    // Cut off meanwhile, or shorter than it was: then nothing can be told of the rest.
    if (bytes.length < length && segment.sizeBytes < position + length) return NOTHING;
    const at = skipBelow(bytes, offset, limit - position);
    if (at >= 0 && isWholeAt(bytes, at)) {
      return yield* takeBatches(state, segment, request, position, bytes, at);
    }
    const missing = at < 0 ? ~at : at;
    const size = sizeFrom(bytes, missing, limit - position);
    if (size === 0) {
      const least = nextOffsetBefore(bytes, missing, segment.baseOffset);
      return yield* skipDamage(state, segment, offset, position + missing, least);
    }
    if (at >= 0 && size > maxBytes && !wholeFirstBatch) return NOTHING;
    position += missing;
    wanted = Math.max(wanted, size);
  }
  return null;
}

/** From the file, or what another reader has just read of it. */
function* readStretch(
  { sharedReads, readCrowd }: LogState,
  segment: Segment,
  position: number,
  length: number,
  isExact: boolean,
): Routine<Uint8Array> {
  const path = segment.path(LOG_SUFFIX);
  // Where one begins with half a batch nobody else will.
  const found = isExact ? sharedReads.find(segment, position, length) : undefined;
  if (found !== undefined) {
    readCrowd.shared();
    yield* retain(found);
    return found;
  }
  const isWanted = isExact && readCrowd.reads(position, length);
  const { changes } = sharedReads;
  const bytes = yield* disk("read", { path, position, length });
  // What was cut off, or replaced, while it was being read must not be found afterwards.
  if (isWanted && sharedReads.changes === changes) {
    yield* retain(bytes);
    sharedReads.keep(segment, position, bytes);
    for (const unkept of sharedReads.takeUnkept()) yield* recycle(unkept);
  } else {
    sharedReads.noteUnshared(bytes);
  }
  return bytes;
}

type Stretch = { readonly position: number; readonly limit: number; readonly isExact: boolean };

/** The part of the segment that is worth reading. */
function* stretchOf(
  state: LogState,
  segment: Segment,
  { offset, end }: ReadRequest,
): Routine<Stretch> {
  let limit = segment.sizeBytes;
  let position =
    offset <= segment.baseOffset ? 0 : state.hints.positionOf(offset, segment.baseOffset);
  const isExact = position >= 0;
  const inMemory = segment.indexes;
  const isSmall = inMemory === undefined && segment.sizeBytes <= NO_INDEX_BYTES;
  if (!isExact && isSmall) position = 0;
  if (!isExact && !isSmall) {
    const { offsets } = inMemory ?? (yield* indexesOf(state, segment));
    position = offsets.positionBefore(offset);
  }
  if (inMemory !== undefined) limit = inMemory.offsets.positionFrom(end, limit);
  for (const range of state.damaged) {
    if (range.path !== segment.path(LOG_SUFFIX)) continue;
    if (range.toOffset <= offset) position = Math.max(position, range.toPosition);
    else limit = Math.min(limit, range.fromPosition);
  }
  return { position, limit, isExact };
}

/**
 * Where the batch begins that holds `offset` or is the next after it. When the bytes end or make no
 * sense before that, the complement of where to look next; a large batch may end far behind them.
 */
function skipBelow(bytes: Uint8Array, offset: number, bytesLeft: number): number {
  let at = 0;
  while (bytes.length - at >= recordsAt) {
    if (batchSizeAt(bytes, at) === impossibleBatch) return ~at;
    if (lastOffsetOf(bytes, at) >= offset) return at;
    const next = at + batchSizeOf(bytes, at);
    if (next > bytesLeft) return ~at;
    at = next;
  }
  return ~at;
}

function isWholeAt(bytes: Uint8Array, at: number): boolean {
  return batchSizeAt(bytes, at) > 0;
}

/** How many bytes the batch at `at` needs, its header at least; 0 when there can be none. */
function sizeFrom(bytes: Uint8Array, at: number, bytesLeft: number): number {
  if (bytesLeft - at < recordsAt) return bytesLeft === at ? recordsAt : 0;
  if (bytes.length - at < recordsAt) return recordsAt;
  if (batchSizeAt(bytes, at) === impossibleBatch) return 0;
  const size = batchSizeOf(bytes, at);
  return size > bytesLeft - at ? 0 : size;
}

/** As many of the batches as may be returned, checked if they have not been before. */
function* takeBatches(
  state: LogState,
  segment: Segment,
  request: ReadRequest,
  position: number,
  bytes: Uint8Array,
  first: number,
): Routine<Uint8Array | "again"> {
  const { maxBytes, end, wholeFirstBatch } = request;
  let at = first;
  let nextOffset = request.offset;
  for (;;) {
    const size = batchSizeAt(bytes, at);
    if (size <= 0) break;
    const mayBeLarge = at === first && wholeFirstBatch;
    if (at + size - first > maxBytes && !mayBeLarge) break;
    const from = position + at;
    if (!segment.isTrusted(from, from + size)) {
      const isRight = isCrcRight(bytes, at);
      if (!isRight || isOdd(state, bytes, at, nextOffset)) {
        if (at > first) break;
        if (isRight) return yield* checkSegment(state, segment);
        const least = nextOffsetBefore(bytes, at, segment.baseOffset);
        return yield* skipDamage(state, segment, request.offset, from, least);
      }
      segment.trust(from, from + size);
    }
    // Only now: what an unchecked header says of its last offset may be wrong.
    if (lastOffsetOf(bytes, at) >= end) break;
    nextOffset = lastOffsetOf(bytes, at) + 1;
    at += size;
    if (at === bytes.length) break;
  }
  if (at > first) state.hints.remember(nextOffset, segment.baseOffset, position + at);
  return bytes.subarray(first, at);
}

/**
 * Whether the fields that no checksum covers are not what they should be. Compaction leaves gaps, and
 * so does a header that has gone bad, this one or the one before; of an epoch the checkpoint may be
 * wrong as well.
 */
function isOdd(state: LogState, bytes: Uint8Array, at: number, expectedOffset: number): boolean {
  const baseOffset = baseOffsetOf(bytes, at);
  if (baseOffset > expectedOffset) return true;
  const epoch = state.epochs.epochFor(baseOffset);
  return epoch >= 0 && leaderEpochOf(bytes, at) !== epoch;
}

/** Reads the whole segment once, so that all of it is either known to be sound or to be damaged. */
function* checkSegment(state: LogState, segment: Segment): Routine<"again"> {
  const path = segment.path(LOG_SUFFIX);
  const to = segment.sizeBytes;
  const bounds = state.boundsOf(segment);
  let from = 0;
  let leastOffset = segment.baseOffset;
  while (from < to) {
    const scan = { path, from, to, leastOffset, leastEpoch: -1, bounds, checkCrc: true };
    const bad = yield* scanBatches(scan, () => undefined);
    if (segment.isReplaced) break;
    if (bad.position >= to) break;
    const least = { leastOffset: bad.nextOffset, leastEpoch: bad.epoch };
    const next = yield* findBatch({ path, to, from: bad.position + 1, ...least });
    if (segment.isReplaced) break;
    from = next?.position ?? to;
    leastOffset = next?.baseOffset ?? Math.min(bounds.endOffset, state.logEndOffset);
    noteDamage(state, {
      fromOffset: bad.nextOffset,
      toOffset: leastOffset,
      path,
      fromPosition: bad.position,
      toPosition: from,
      reason: GONE_BAD,
    });
  }
  segment.trust(0, to);
  return "again";
}

/** The offset after the batch that ends at `at`; `none` when the bytes begin there. */
function nextOffsetBefore(bytes: Uint8Array, at: number, none: number): number {
  let nextOffset = none;
  for (let before = 0; before < at; before += batchSizeOf(bytes, before)) {
    nextOffset = lastOffsetOf(bytes, before) + 1;
  }
  return nextOffset;
}

/**
 * The bytes at `position` are no sound batch. Remembers up to where, so that what follows can be read;
 * the fault is raised when what is asked for lies in between.
 */
function* skipDamage(
  state: LogState,
  segment: Segment,
  offset: number,
  position: number,
  leastOffset: number,
): Routine<"again"> {
  const path = segment.path(LOG_SUFFIX);
  const to = segment.sizeBytes;
  const next = yield* findBatch({ path, from: position + 1, to, leastOffset, leastEpoch: -1 });
  if (segment.isReplaced) return "again";
  const index = state.segments.indexOf(segment);
  const segmentEnd = index < 0 ? offset + 1 : state.endOf(index);
  const toOffset = next?.baseOffset ?? segmentEnd;
  // What lies before is not known exactly when nothing before was read: too little rather than too
  // much is taken for damaged.
  const least = leastOffset === segment.baseOffset && position > 0 ? offset : leastOffset;
  noteDamage(state, {
    fromOffset: Math.min(least, toOffset - 1),
    toOffset,
    path,
    fromPosition: position,
    toPosition: next?.position ?? to,
    reason: GONE_BAD,
  });
  if (toOffset <= offset) return "again";
  return need(failure("corrupt", `${path} holds no sound batch at byte ${position}`));
}

function noteDamage(state: LogState, range: DamagedRange): void {
  const isSame = (other: DamagedRange): boolean =>
    other.path === range.path && other.fromPosition === range.fromPosition;
  const known = state.damaged.find(isSame);
  const fromOffset = Math.min(range.fromOffset, known?.fromOffset ?? Infinity);
  state.damaged = state.damaged.filter((other) => other !== known);
  state.damaged.push({ ...range, fromOffset });
}
