// What Raft has to know of a log: where it begins and ends and of which epoch each entry is. The
// entries themselves are elsewhere. It tells of everything handed over for writing, not only of what
// has been written.
//
// Lives on: anywhere (pure).

import { assert } from "../../../base/assert.ts";
import type { EpochEntry } from "../../../storage/leader-epochs.ts";
import { LeaderEpochCache } from "../../../storage/leader-epochs.ts";

/** A place in a log: its offset, and the epoch of the entry before it. */
export type LogPlace = { readonly offset: number; readonly epoch: number };

/** The epoch before a log's start, when no snapshot that ends there tells it. */
export const UNKNOWN_EPOCH = -1;

export class RaftLog {
  #start: LogPlace;
  #end: number;
  readonly #epochs: LeaderEpochCache;

  constructor(start: LogPlace, end: number, epochs: readonly EpochEntry[]) {
    this.#start = start;
    this.#end = end;
    this.#epochs = new LeaderEpochCache(epochs);
  }

  /** Entries before it are in a snapshot, or were never there. */
  get start(): LogPlace {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** The epoch of the last entry; 0 of a log that never had one. */
  get lastEpoch(): number {
    if (this.#end === this.#start.offset) return Math.max(0, this.#start.epoch);
    return this.#epochs.latestEpoch;
  }

  /** The epoch of the entry before `offset`; undefined where that is not known. */
  epochBefore(offset: number): number | undefined {
    const { offset: start, epoch } = this.#start;
    if (offset === start) return epoch === UNKNOWN_EPOCH ? undefined : epoch;
    return offset < start || offset > this.#end ? undefined : this.#epochs.epochFor(offset - 1);
  }

  /** Whether this log and another are the same up to `place` (Raft 5.3, log matching). */
  has({ offset, epoch }: LogPlace): boolean {
    return this.epochBefore(offset) === epoch;
  }

  append(baseOffset: number, nextOffset: number, epoch: number): void {
    assert(baseOffset === this.#end && nextOffset > baseOffset, "entries follow one another");
    assert(epoch >= this.lastEpoch, "epochs never go back along a log");
    this.#epochs.assign(epoch, baseOffset);
    this.#end = nextOffset;
  }

  truncateTo(offset: number): void {
    assert(offset >= this.#start.offset, "what a snapshot holds is never cut off");
    this.#end = Math.min(this.#end, offset);
    this.#epochs.truncateFromEnd(this.#end);
  }

  /** All of it goes; the next entry is that behind a snapshot. */
  beginAt(place: LogPlace): void {
    this.#start = place;
    this.#end = place.offset;
    this.#epochs.clear();
  }

  /** Entries before `place` are needed no more. */
  trimTo(place: LogPlace): void {
    if (place.offset <= this.#start.offset || place.offset > this.#end) return;
    this.#start = place;
    this.#epochs.truncateFromStart(place.offset);
    if (place.offset === this.#end) this.#epochs.clear();
  }

  /**
   * The last place, not behind `place`, that another log which agrees up to there could have with this
   * one: its entry is of no later epoch. Skips a whole epoch at a time. Undefined when it lies before
   * the log's start.
   */
  agreement({ offset, epoch }: LogPlace): LogPlace | undefined {
    let at = Math.min(offset, this.#end);
    while (at > this.#start.offset) {
      const epochHere = this.#epochs.epochFor(at - 1);
      if (epochHere <= epoch) return { offset: at, epoch: epochHere };
      const entry = this.#epochs.entries.findLast((each) => each.epoch === epochHere);
      at = Math.max(this.#start.offset, Math.min(at - 1, entry?.startOffset ?? 0));
    }
    return at === this.#start.offset && this.#start.epoch <= epoch ? this.#start : undefined;
  }
}
