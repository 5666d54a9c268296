// What becomes of each record and each batch in compaction (`Cleaner.cleanInto` and
// `MemoryRecords.filterTo` of Kafka):
//
//   - A record goes when the map has a later one of its key, or when it has no key.
//   - A tombstone, a record without a value, that is the last of its key stays until its batch's delete
//     horizon. The first compaction that meets it sets the horizon (KIP-534).
//   - A batch without records goes, unless it has the last sequence of a producer that is still heard
//     of, or the last offset of its segment.
//
// Lives on: anywhere (pure). Hot: once per record that is looked at.

import type { KeyDigests } from "../protocol/record-batch.ts";
import {
  baseOffsetOf,
  baseTimestampOf,
  batchSizeOf,
  bytesOfBits,
  Fate,
  HAS_KEY,
  HAS_VALUE,
  hasDeleteHorizon,
  hasPlainRecords,
  lastOffsetOf,
  producerIdOf,
  recordCountOf,
  WORDS_PER_DIGEST,
} from "../protocol/record-batch.ts";
import type { KeyMap } from "./key-map.ts";
import type { SupersededOffsets } from "./superseded-offsets.ts";

export type FateRules = {
  readonly map: KeyMap;
  /** The same by offset, as far as it goes. */
  readonly superseded: SupersededOffsets;
  /** Records from here on are not in the map, and stay as they are. */
  readonly mappedEnd: number;
  readonly nowMs: number;
  /** By producer: the offset of its last record. */
  readonly lastOffsets: ReadonlyMap<number, number>;
};

export type Fates = {
  /** As the job that makes the batches anew takes them. */
  readonly bytes: Uint8Array;
  readonly areAllAsTheyWere: boolean;
  /** Whether anything is left of the batches at all. */
  readonly areAllGone: boolean;
  readonly recordsKept: number;
};

/** Whether there are records among them of which not all is known. */
export function needsDigests(batches: Uint8Array, { superseded, mappedEnd }: FateRules): boolean {
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
    if (!hasPlainRecords(batches, at) || lastOffsetOf(batches, at) >= mappedEnd) continue;
    if (!superseded.covers(batches, at)) return true;
  }
  return false;
}

/**
 * Of whole batches in a row. `digests`: undefined where none are needed. `keepLast`: the last of the
 * batches stays, if only as a header.
 */
export function decideFates(
  batches: Uint8Array,
  digests: KeyDigests | undefined,
  rules: FateRules,
  keepLast: boolean,
): Fates {
  const bytes = new Uint8Array(fateBytesMax(batches));
  let next = 0;
  let record = 0;
  let areAllAsTheyWere = true;
  let areAllGone = true;
  let recordsKept = 0;
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
    const count = recordCountOf(batches, at);
    const bits = bytes.subarray(next + 1, next + 1 + bytesOfBits(count));
    let kept: KeptRecords = { count, hasTombstone: false };
    if (hasPlainRecords(batches, at)) {
      if (lastOffsetOf(batches, at) < rules.mappedEnd) {
        kept = rules.superseded.covers(batches, at)
          ? keepKnown(batches, at, rules, bits)
          : keepRecords(batches, at, digests!, record, rules, bits);
      }
      record += count;
    }
    const isLast = keepLast && at + batchSizeOf(batches, at) === batches.length;
    const fate = fateOf(batches, at, kept, isLast || isLastOfProducer(batches, at, rules));
    bytes[next++] = fate;
    if (fate === Fate.fewer || fate === Fate.fewerWithHorizon) next += bits.length;
    else bits.fill(0);
    recordsKept += kept.count;
    areAllAsTheyWere &&= fate === Fate.asItIs;
    areAllGone &&= fate === Fate.gone;
  }
  return { bytes: bytes.subarray(0, next), areAllAsTheyWere, areAllGone, recordsKept };
}

function fateBytesMax(batches: Uint8Array): number {
  let size = 0;
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
    size += 1 + bytesOfBits(recordCountOf(batches, at));
  }
  return size;
}

type KeptRecords = { readonly count: number; readonly hasTombstone: boolean };

function mayDropTombstonesOf(batches: Uint8Array, at: number, nowMs: number): boolean {
  return hasDeleteHorizon(batches, at) && nowMs >= baseTimestampOf(batches, at);
}

/** Sets the bits of those records of a batch that stay; it has one at each of its offsets. */
function keepKnown(
  batches: Uint8Array,
  at: number,
  { superseded, nowMs }: FateRules,
  bits: Uint8Array,
): KeptRecords {
  const baseOffset = baseOffsetOf(batches, at);
  const total = recordCountOf(batches, at);
  const mayDropTombstones = mayDropTombstonesOf(batches, at, nowMs);
  let count = 0;
  let hasTombstone = false;
  for (let index = 0; index < total; index++) {
    const offset = baseOffset + index;
    if (superseded.isSuperseded(offset)) continue;
    const isTombstone = superseded.isTombstone(offset);
    if (isTombstone && mayDropTombstones) continue;
    bits[index >>> 3]! |= 1 << (index & 7);
    count += 1;
    hasTombstone ||= isTombstone;
  }
  return { count, hasTombstone };
}

/** The same by the map; `first` is the batch's first in `digests`. */
function keepRecords(
  batches: Uint8Array,
  at: number,
  { words, offsetDeltas, flags }: KeyDigests,
  first: number,
  { map, nowMs }: FateRules,
  bits: Uint8Array,
): KeptRecords {
  const baseOffset = baseOffsetOf(batches, at);
  const total = recordCountOf(batches, at);
  const mayDropTombstones = mayDropTombstonesOf(batches, at, nowMs);
  let count = 0;
  let hasTombstone = false;
  for (let index = 0; index < total; index++) {
    const flag = flags[first + index]!;
    const isTombstone = (flag & HAS_VALUE) === 0;
    if ((flag & HAS_KEY) === 0 || (isTombstone && mayDropTombstones)) continue;
    const latest = map.get(words, (first + index) * WORDS_PER_DIGEST);
    if (baseOffset + offsetDeltas[first + index]! < latest) continue;
    bits[index >>> 3]! |= 1 << (index & 7);
    count += 1;
    hasTombstone ||= isTombstone;
  }
  return { count, hasTombstone };
}

function fateOf(
  batches: Uint8Array,
  at: number,
  { count, hasTombstone }: KeptRecords,
  isNeeded: boolean,
): Fate {
  const total = recordCountOf(batches, at);
  if (count === 0 && hasPlainRecords(batches, at)) {
    if (!isNeeded) return Fate.gone;
    return total === 0 ? Fate.asItIs : Fate.empty;
  }
  if (hasTombstone && !hasDeleteHorizon(batches, at)) return Fate.fewerWithHorizon;
  return count === total ? Fate.asItIs : Fate.fewer;
}

function isLastOfProducer(batches: Uint8Array, at: number, { lastOffsets }: FateRules): boolean {
  return lastOffsets.get(producerIdOf(batches, at)) === lastOffsetOf(batches, at);
}
