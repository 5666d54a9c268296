// Compacting a log (`Cleaner` of Kafka). First the keys of its dirty part are mapped to their newest
// offsets, as many as the map may hold; then all segments up to there are gone through, those that are
// small together, and written anew without the records that the map makes superfluous. Offsets stay
// what they are.
//
// Only the swaps change the log and need its writer's lane. All else reads closed segments and writes
// `.cleaned` files beside appends and reads; if the log is changed under its feet it gives up.
//
// A tombstone goes no earlier than what it deletes: segments are swapped from the oldest on, and each
// swap is on disk before the next.
//
// Lives on: anywhere (over the Disk port and jobs; owned by one partition actor).

import type { HashKey } from "../base/half-sip-hash.ts";
import { failure, need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk, recycle } from "../runtime/routine.ts";
import {
  batchSizeOf,
  HAS_KEY,
  HAS_VALUE,
  hasPlainRecords,
  baseOffsetOf,
  lastOffsetOf,
  latestTimestampOf,
  recordCountOf,
  WORDS_PER_DIGEST,
} from "../protocol/record-batch.ts";
import type { ChunkLimits } from "./compaction-chunks.ts";
import { ChunkReader } from "./compaction-chunks.ts";
import type { FateRules } from "./compaction-fates.ts";
import { decideFates, needsDigests } from "./compaction-fates.ts";
import { unlinkIfThere, writeAll, writeDerivedFile } from "./disk-steps.ts";
import { CLEANED_SUFFIX, LOG_SUFFIX } from "./file-names.ts";
import { KeyMap } from "./key-map.ts";
import type { LogState } from "./log-state.ts";
import { swapSegments } from "./log-swap.ts";
import { SupersededOffsets } from "./superseded-offsets.ts";
import { OFFSET_INDEX_ENTRY_BYTES, RELATIVE_OFFSET_MAX } from "./offset-index.ts";
import { Segment } from "./segment.ts";
import { TIME_INDEX_ENTRY_BYTES } from "./time-index.ts";

/** A sync of a whole segment at once would hold up those that producers wait for. */
const UNSYNCED_BYTES_MAX = 4 * 1024 * 1024;

/** So much smaller than the map may be what is known of each offset. */
const MAP_TO_BITS = 8;

export type CompactionOptions = ChunkLimits & {
  /** What `cleanableOf` said. */
  readonly firstDirtyOffset: number;
  readonly endOffset: number;
  readonly deleteRetentionMs: number;
  readonly nowMs: number;
  /** Of the digests of keys: fresh random bits. */
  readonly hashKeys: readonly [HashKey, HashKey];
  /** Asked between any two steps. */
  readonly mayGoOn: () => boolean;
};

export type CompactionReport = {
  /** Compaction has looked at everything below. */
  readonly cleanedTo: number;
  readonly keysMapped: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
};

export class Compaction {
  private readonly state: LogState;
  private readonly options: CompactionOptions;
  private readonly reader: ChunkReader;
  private readonly map: KeyMap;
  private readonly superseded: SupersededOffsets;
  private readonly cuts: number;
  private readonly removals: number;
  private mappedEnd = 0;
  private groups: Segment[][] = [];
  /** What has been made of the first of the groups; undefined: it is to stay as it is. */
  private made: Segment | undefined;
  private bytesRead = 0;
  private bytesWritten = 0;
  private segmentsBefore = 0;
  private segmentsAfter = 0;

  constructor(state: LogState, options: CompactionOptions) {
    this.state = state;
    this.options = options;
    this.reader = new ChunkReader(options, options.hashKeys, options.mayGoOn);
    const { firstDirtyOffset, endOffset, mapBytes } = options;
    this.map = new KeyMap(mapBytes, options.mapLoadFactor, endOffset - firstDirtyOffset);
    const bitsBytesMax = Math.floor(mapBytes / MAP_TO_BITS);
    this.superseded = new SupersededOffsets(firstDirtyOffset, endOffset, bitsBytesMax);
    this.cuts = state.cuts;
    this.removals = state.removals;
  }

  /** The log is not what it was: a fault may mean no more than that. */
  get isOutdated(): boolean {
    return this.state.cuts !== this.cuts || this.state.removals !== this.removals;
  }

  /** Beside the log's writer. Afterwards it is known which groups of segments there are. */
  *mapKeys(): Routine<void> {
    const { segments } = this.state;
    const { firstDirtyOffset, endOffset } = this.options;
    this.mappedEnd = firstDirtyOffset;
    let isFull = false;
    for (let at = this.state.segmentAt(firstDirtyOffset); !isFull; at++) {
      const segment = segments[Math.max(at, 0)];
      if (segment === undefined || segment.baseOffset >= endOffset) break;
      isFull = !(yield* this.mapSegment(segment));
      // Behind its last batch there may be a gap.
      if (!isFull) this.mappedEnd = segments[Math.max(at, 0) + 1]?.baseOffset ?? this.mappedEnd;
    }
    const toClean = segments.filter(({ baseOffset }) => baseOffset < this.mappedEnd);
    this.checkDamage(toClean);
    this.groups = groupSegments(this.state, toClean, endOffset);
    this.segmentsBefore = toClean.length;
  }

  get hasMore(): boolean {
    return this.groups.length > 0;
  }

  /** Beside the log's writer: makes the next group's `.cleaned` file. False: nothing is to be swapped. */
  *prepareNext(): Routine<boolean> {
    const [group] = this.groups;
    this.made = yield* this.cleanGroup(group!);
    this.segmentsAfter += this.made === undefined ? group!.length : 1;
    if (this.made === undefined) this.groups.shift();
    return this.made !== undefined;
  }

  /** In the writer's lane. `refused`: the log has changed, nothing is done. */
  *swap(nowMs: number): Routine<void> {
    const { state } = this;
    const group = this.groups.shift()!;
    const at = state.segments.indexOf(group[0]!);
    const isUnchanged =
      at >= 0 &&
      state.cuts === this.cuts &&
      group.every((segment, i) => state.segments[at + i] === segment) &&
      group.every((segment) => segment !== state.active && segment.rebuilders === 0);
    if (!isUnchanged) need(failure("refused", "the log has changed under compaction"));
    yield* swapSegments(state, group, this.made!, nowMs);
    this.made = undefined;
  }

  /** Everything has been gone through. In the writer's lane. */
  finish(): CompactionReport {
    const { state, bytesRead, bytesWritten, segmentsBefore, segmentsAfter } = this;
    if (state.cuts === this.cuts) {
      state.firstDirtyOffset = Math.max(state.firstDirtyOffset, this.mappedEnd);
    }
    const cleanedTo = state.firstDirtyOffset;
    const keysMapped = this.map.size;
    return { cleanedTo, keysMapped, bytesRead, bytesWritten, segmentsBefore, segmentsAfter };
  }

  /** After a fault: takes away what has been made and not swapped, if the disk lets it. */
  *discard(): Routine<void> {
    const base = this.made ?? this.groups[0]?.[0];
    if (base === undefined || base.swapSuffix !== "") return;
    yield* attempt(unlinkIfThere(base.path(LOG_SUFFIX) + CLEANED_SUFFIX));
  }

  // ------------------------------------------------------------ mapping

  /** False when the map is full; then everything below `mappedEnd` is mapped. */
  private *mapSegment(segment: Segment): Routine<boolean> {
    let position = 0;
    let nextOffset = segment.baseOffset;
    while (position < segment.sizeBytes) {
      const batches = yield* this.reader.read(segment, position);
      nextOffset = this.checkOffsets(segment, batches, nextOffset);
      const digests = yield* this.reader.digest(batches);
      let record = 0;
      for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
        const count = hasPlainRecords(batches, at) ? recordCountOf(batches, at) : 0;
        if (lastOffsetOf(batches, at) >= this.options.firstDirtyOffset) {
          // A batch that is too large for the map alone is taken all the same, or it would stay for ever.
          if (!this.map.hasRoomFor(count) && this.map.size > 0) return false;
          for (let index = record; index < record + count; index++) {
            const flags = digests.flags[index]!;
            const offset = baseOffsetOf(batches, at) + digests.offsetDeltas[index]!;
            const hasKey = (flags & HAS_KEY) !== 0;
            const gone = hasKey
              ? this.map.put(digests.words, index * WORDS_PER_DIGEST, offset)
              : offset;
            this.superseded.supersede(gone);
            if ((flags & HAS_VALUE) === 0) this.superseded.bury(offset);
          }
          this.mappedEnd = lastOffsetOf(batches, at) + 1;
        }
        record += count;
      }
      position += batches.length;
      this.bytesRead += batches.length;
      yield* recycle(batches);
    }
    return true;
  }

  /** What has gone bad must not get a new checksum, nor be left out in silence. */
  private checkDamage(segments: readonly Segment[]): void {
    const paths = new Set(segments.map((segment) => segment.path(LOG_SUFFIX)));
    const damage = this.state.damaged.find(({ path }) => paths.has(path));
    if (damage !== undefined) need(failure("corrupt", `${damage.path}: ${damage.reason}`));
  }

  /** No checksum covers base offsets. They ascend, and end where the next segment begins. */
  private checkOffsets(segment: Segment, batches: Uint8Array, leastOffset: number): number {
    const { endOffset } = this.state.boundsOf(segment);
    let nextOffset = leastOffset;
    for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
      const baseOffset = baseOffsetOf(batches, at);
      const isInOrder = baseOffset >= nextOffset && lastOffsetOf(batches, at) < endOffset;
      if (!isInOrder) {
        const detail = `${segment.path(LOG_SUFFIX)} has offset ${baseOffset} after ${nextOffset - 1}`;
        need(failure("corrupt", detail));
      }
      nextOffset = lastOffsetOf(batches, at) + 1;
    }
    return nextOffset;
  }

  // ------------------------------------------------------------ cleaning

  /** Undefined: every batch stays as it is, and there is nothing to put together. */
  private *cleanGroup(group: readonly Segment[]): Routine<Segment | undefined> {
    const { state, options } = this;
    const first = group[0]!;
    const rules: FateRules = {
      map: this.map,
      superseded: this.superseded,
      mappedEnd: this.mappedEnd,
      nowMs: options.nowMs,
      lastOffsets: state.producers.lastOffsets(options.nowMs),
    };
    const made = new Segment(state.directory, first.baseOffset, 0, first.createdMs);
    made.startIndexes();
    let isBegun = false;
    if (group.length > 1) isBegun = yield* this.begin(made, first, 0);
    const lastWithBytes = group.findLast(({ sizeBytes }) => sizeBytes > 0);
    for (const segment of group) {
      let nextOffset = segment.baseOffset;
      for (let position = 0; position < segment.sizeBytes;) {
        const batches = yield* this.reader.read(segment, position);
        nextOffset = this.checkOffsets(segment, batches, nextOffset);
        const digests = needsDigests(batches, rules)
          ? yield* this.reader.digest(batches)
          : yield* this.reader.pass();
        const end = position + batches.length;
        // So that the segment goes on to where the next begins, and an opening log sees it.
        const keepLast = segment === lastWithBytes && end === segment.sizeBytes;
        const fates = decideFates(batches, digests, rules, keepLast);
        if (!fates.areAllAsTheyWere && !isBegun) {
          isBegun = yield* this.begin(made, first, position);
        }
        if (isBegun && fates.areAllAsTheyWere) yield* this.write(made, batches);
        else if (isBegun && !fates.areAllGone) {
          const horizonMs = options.nowMs + options.deleteRetentionMs;
          yield* this.write(made, yield* this.reader.rebuild(batches, fates, horizonMs));
        }
        position = end;
        this.bytesRead += batches.length;
        yield* recycle(batches);
      }
    }
    if (!isBegun) return undefined;
    yield* syncCleaned(made);
    made.sealTimes();
    made.trust(0, made.sizeBytes);
    made.lastAppendedMs = group.at(-1)!.lastAppendedMs;
    this.reader.checkGoingOn();
    return made;
  }

  /** An empty `.cleaned` file, and in it the first bytes of the group, which stay as they are. */
  private *begin(made: Segment, first: Segment, unchangedBytes: number): Routine<true> {
    yield* writeDerivedFile(made.path(LOG_SUFFIX) + CLEANED_SUFFIX, new Uint8Array(0));
    for (let position = 0; position < unchangedBytes;) {
      const batches = yield* this.reader.read(first, position);
      yield* this.write(made, batches);
      position += batches.length;
      yield* recycle(batches);
    }
    return true;
  }

  private *write(made: Segment, batches: Uint8Array): Routine<void> {
    const position = made.sizeBytes;
    const path = made.path(LOG_SUFFIX) + CLEANED_SUFFIX;
    need(yield* writeAll(path, position, [batches]));
    const { indexIntervalBytes } = this.state.settings;
    for (let at = 0; at < batches.length;) {
      const size = batchSizeOf(batches, at);
      const lastOffset = lastOffsetOf(batches, at);
      const maxTimestamp = latestTimestampOf(batches, at);
      made.indexBatch(position + at, size, lastOffset, maxTimestamp, indexIntervalBytes);
      at += size;
    }
    made.sizeBytes += batches.length;
    this.bytesWritten += batches.length;
    if (made.sizeBytes - made.syncedBytes >= UNSYNCED_BYTES_MAX) yield* syncCleaned(made);
    this.reader.checkGoingOn();
  }
}

function* syncCleaned(made: Segment): Routine<void> {
  yield* disk("datasync", { path: made.path(LOG_SUFFIX) + CLEANED_SUFFIX });
  made.syncedBytes = made.sizeBytes;
}

/**
 * Segments that together are no larger than one may be (`Cleaner.groupSegmentsBySize`): in bytes, in
 * index entries, and in the distance from the first offset to the last.
 */
function groupSegments(
  state: LogState,
  segments: readonly Segment[],
  endOffset: number,
): Segment[][] {
  const { segmentBytes, segmentIndexBytes, indexIntervalBytes } = state.settings;
  const entryBytes = Math.max(OFFSET_INDEX_ENTRY_BYTES, TIME_INDEX_ENTRY_BYTES);
  // An entry is made for more bytes than this; and the largest timestamp needs a place of its own.
  const entriesMax = Math.max(1, Math.floor(segmentIndexBytes / entryBytes) - 1);
  const bytesMax = Math.min(segmentBytes, entriesMax * Math.max(1, indexIntervalBytes));
  const groups: Segment[][] = [];
  let bytes = 0;
  segments.forEach((segment, index) => {
    const group = groups.at(-1);
    const end = segments[index + 1]?.baseOffset ?? endOffset;
    const isFitting =
      group !== undefined &&
      bytes + segment.sizeBytes <= bytesMax &&
      (segment.sizeBytes === 0 || end - 1 - group[0]!.baseOffset <= RELATIVE_OFFSET_MAX);
    if (isFitting) group.push(segment);
    else groups.push([segment]);
    bytes = isFitting ? bytes + segment.sizeBytes : segment.sizeBytes;
  });
  return groups;
}
