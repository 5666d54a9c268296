// From what a fetch answered to records: whole batches only, each with a right checksum, without the
// control batches and without what lies before the offset that was asked for.
//
// Lives on: anywhere (pure).

import type { RecordView } from "../protocol/record-batch.ts";
import {
  batchSizeAt,
  impossibleBatch,
  isControl,
  isCrcRight,
  leaderEpochOf,
  nextOffsetOf,
  recordsOf,
} from "../protocol/record-batch.ts";

/** With the epoch of the leader that has written it (KIP-320). */
export type FetchedRecord = RecordView & { readonly leaderEpoch: number };

export type FetchedRecords = {
  readonly records: readonly FetchedRecord[];
  /** Of the last whole batch; -1: there is none. */
  readonly leaderEpoch: number;
  /** Where to go on: behind the last whole batch, however few of its offsets have a record. */
  readonly nextOffset: number;
  /** Something is wrong with the batch at `nextOffset`. */
  readonly damaged: boolean;
};

/** `batches` may end in a part of one: a limit cut it off, and the next fetch brings it whole. */
export function readFetched(batches: Uint8Array, fetchOffset: number): FetchedRecords {
  const records: FetchedRecord[] = [];
  let nextOffset = fetchOffset;
  let leaderEpoch = -1;
  for (let at = 0; ;) {
    const size = batchSizeAt(batches, at);
    if (size === 0) return { records, leaderEpoch, nextOffset, damaged: false };
    if (size === impossibleBatch || !isCrcRight(batches, at)) {
      return { records, leaderEpoch, nextOffset, damaged: true };
    }
    if (!isControl(batches, at) && !readBatch(batches, at, fetchOffset, records)) {
      return { records, leaderEpoch, nextOffset, damaged: true };
    }
    leaderEpoch = leaderEpochOf(batches, at);
    nextOffset = Math.max(nextOffset, nextOffsetOf(batches, at));
    at += size;
  }
}

/** All of the batch's records or none of them. */
function readBatch(
  batches: Uint8Array,
  at: number,
  fetchOffset: number,
  records: FetchedRecord[],
): boolean {
  const leaderEpoch = leaderEpochOf(batches, at);
  const before = records.length;
  const reading = recordsOf(batches, at);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) {
      if (!value.ok) records.length = before;
      return value.ok;
    }
    if (value.offset >= fetchOffset) records.push({ ...value, leaderEpoch });
  }
}
