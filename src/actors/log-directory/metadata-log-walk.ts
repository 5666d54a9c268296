// Walks the segments of a metadata log from its first batch to its last whole one and replays what
// lies behind a snapshot. Offsets of a Raft log have no gaps, so a batch is in its place or it is not.
//
// Lives on: host 0 (over the Disk port).

import { failure, need } from "../../base/outcome.ts";
import type { Replay } from "../../metadata/replay.ts";
import {
  baseOffsetOf,
  batchSizeOf,
  hasExactNumbers,
  isControl,
  isCrcRight,
  lastOffsetDeltaOf,
  leaderEpochOf,
  magicOf,
  nextOffsetOf,
  recordsAt,
  recordsOf,
} from "../../protocol/record-batch.ts";
import type { Routine } from "../../runtime/routine.ts";
import { disk } from "../../runtime/routine.ts";
import { findBatch } from "../../storage/batch-scan.ts";

export type MetadataSegment = {
  readonly name: string;
  readonly baseOffset: number;
  readonly sizeBytes: number;
};

type Place = { readonly segment: number; readonly position: number };

const READ_BYTES = 1024 * 1024;
/** Far above Kafka's largest batch there (8 MiB): what says it has more is none. */
const BATCH_BYTES_MAX = 64 * 1024 * 1024;

export class MetadataLogWalk {
  readonly #directory: string;
  readonly #segments: readonly MetadataSegment[];
  /** What lies before it is in the snapshot. */
  readonly #from: number;
  readonly #replay: Replay;
  /** What the next batch begins with. */
  #nextOffset: number;
  #epoch = -1;

  constructor(
    directory: string,
    segments: readonly MetadataSegment[],
    from: number,
    replay: Replay,
  ) {
    this.#directory = directory;
    this.#segments = segments;
    this.#from = from;
    this.#replay = replay;
    this.#nextOffset = segments[0]?.baseOffset ?? from;
  }

  /** Where the log ends. A log that is damaged is a fault. */
  *run(notes: string[]): Routine<number> {
    const from = this.#from;
    if (this.#nextOffset > from) {
      const known = from === 0 ? "there is no snapshot" : `the snapshot ends at ${from}`;
      need(failure("corrupt", `the log begins at ${this.#nextOffset} and ${known}`));
    }
    let place: Place | undefined = { segment: 0, position: 0 };
    while (place !== undefined && place.segment < this.#segments.length) {
      const { segment, position }: Place = place;
      const end: number = yield* this.#readBatches(segment, position);
      if (end >= this.#segments[segment]!.sizeBytes) place = { segment: segment + 1, position: 0 };
      else place = yield* this.#behindBadBytes({ segment, position: end }, notes);
    }
    return Math.max(from, this.#nextOffset);
  }

  /** Takes every batch that is in its place. Where the first one stands that is not. */
  *#readBatches(segment: number, from: number): Routine<number> {
    const { name, sizeBytes } = this.#segments[segment]!;
    const path = `${this.#directory}/${name}`;
    let position = from;
    let length = READ_BYTES;
    while (position < sizeBytes) {
      const bytesLeft = sizeBytes - position;
      const wanted = Math.min(length, bytesLeft);
      const bytes = yield* disk("read", { path, position, length: wanted });
      if (bytes.length < wanted) need(failure("corrupt", `${name} is shorter than it was`));
      length = READ_BYTES;
      let at = 0;
      while (at < bytes.length) {
        const size = this.#sizeInPlace(bytes, at, bytesLeft - at);
        if (size === undefined) return position + at;
        if (at + size > bytes.length) {
          length = Math.max(READ_BYTES, size);
          break;
        }
        if (!isCrcRight(bytes, at)) return position + at;
        this.#take(bytes, at, name);
        at += size;
      }
      position += at;
    }
    return position;
  }

  /** By its header; its bytes need not all be there. Undefined when it is none, or out of place. */
  #sizeInPlace(bytes: Uint8Array, at: number, bytesLeft: number): number | undefined {
    if (bytesLeft < recordsAt) return undefined;
    if (bytes.length - at < recordsAt) return recordsAt;
    const size = batchSizeOf(bytes, at);
    const isBatch =
      magicOf(bytes, at) === 2 &&
      size >= recordsAt &&
      size <= Math.min(bytesLeft, BATCH_BYTES_MAX) &&
      lastOffsetDeltaOf(bytes, at) >= 0 &&
      hasExactNumbers(bytes, at);
    const isInPlace =
      isBatch &&
      baseOffsetOf(bytes, at) === this.#nextOffset &&
      leaderEpochOf(bytes, at) >= this.#epoch;
    return isInPlace ? size : undefined;
  }

  #take(bytes: Uint8Array, at: number, name: string): void {
    this.#nextOffset = nextOffsetOf(bytes, at);
    this.#epoch = leaderEpochOf(bytes, at);
    if (isControl(bytes, at)) return;
    const records = recordsOf(bytes, at);
    for (let step = records.next(); ; step = records.next()) {
      if (step.done === true) return void need(step.value);
      const { offset, value } = step.value;
      const isKnown = offset < this.#from;
      if (value !== null && isKnown) this.#replay.before(value);
      if (isKnown) continue;
      const problem = value === null ? "it is empty" : this.#replay.next(value);
      if (problem === undefined) continue;
      need(failure("corrupt", `the record at offset ${offset} in ${name}: ${problem}`));
    }
  }

  /** Where to go on; undefined at the end of the log. */
  *#behindBadBytes(bad: Place, notes: string[]): Routine<Place | undefined> {
    const { name } = this.#segments[bad.segment]!;
    const what = `${name} holds no batch of offset ${this.#nextOffset} at byte ${bad.position}`;
    const found = yield* this.#nextWhole(bad);
    if (found === undefined) {
      notes.push(`${what}, and no whole one behind: the log ends there`);
      return undefined;
    }
    const { baseOffset, place } = found;
    const isSamePlace = place.segment === bad.segment && place.position === bad.position;
    const isRefusedAgain = isSamePlace && baseOffset === this.#nextOffset;
    if (baseOffset > Math.max(this.#from, this.#nextOffset) || isRefusedAgain) {
      need(failure("corrupt", `${what}, but a whole one of offset ${baseOffset} behind`));
    }
    this.#nextOffset = baseOffset;
    return place;
  }

  *#nextWhole(bad: Place): Routine<{ place: Place; baseOffset: number } | undefined> {
    for (let segment = bad.segment; segment < this.#segments.length; segment++) {
      const { name, sizeBytes: to } = this.#segments[segment]!;
      const found = yield* findBatch({
        path: `${this.#directory}/${name}`,
        from: segment === bad.segment ? bad.position : 0,
        to,
        leastOffset: this.#nextOffset,
        leastEpoch: -1,
      });
      if (found === null) continue;
      const { position, baseOffset } = found;
      return { place: { segment, position }, baseOffset };
    }
    return undefined;
  }
}
