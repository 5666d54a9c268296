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
  nextOffsetOf,
  recordsOf,
} from "../protocol/record-batch.ts";

export type FetchedRecords = {
  readonly records: readonly RecordView[];
  /** Where to go on: behind the last whole batch, however few of its offsets have a record. */
  readonly nextOffset: number;
  /** Something is wrong with the batch at `nextOffset`. */
  readonly damaged: boolean;
};

/** `batches` may end in a part of one: a limit cut it off, and the next fetch brings it whole. */
export function readFetched(batches: Uint8Array, fetchOffset: number): FetchedRecords {
  const records: RecordView[] = [];
  let nextOffset = fetchOffset;
  for (let at = 0; ;) {
    const size = batchSizeAt(batches, at);
    if (size === 0) return { records, nextOffset, damaged: false };
    if (size === impossibleBatch || !isCrcRight(batches, at)) {
      return { records, nextOffset, damaged: true };
    }
    if (!isControl(batches, at) && !readBatch(batches, at, fetchOffset, records)) {
      return { records, nextOffset, damaged: true };
    }
    nextOffset = Math.max(nextOffset, nextOffsetOf(batches, at));
    at += size;
  }
}

/** All of the batch's records or none of them. */
function readBatch(
  batches: Uint8Array,
  at: number,
  fetchOffset: number,
  records: RecordView[],
): boolean {
  const before = records.length;
  const reading = recordsOf(batches, at);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) {
      if (!value.ok) records.length = before;
      return value.ok;
    }
    if (value.offset >= fetchOffset) records.push(value);
  }
}
