// Telling a write that never reached the disk from bytes that went bad on it. After a power cut a file
// may be longer than what was written of it: whole sectors then read as zeros. Such a hole was never
// acknowledged as being on disk and the log ends before it. Anything else that is wrong is damage, and
// damage is kept for whoever can mend it (ALICE, OSDI'14; CTRL, FAST'18).
//
// Lives on: anywhere (pure).

import { batchSizeOf, magicOf, recordsAt } from "../protocol/record-batch.ts";

const SECTOR_BYTES = 512;

/** Zeros at the edges of a hole may be the data's own: so many are let pass. */
const OWN_ZEROS_MAX = 8;

/** Fewer zeros at the very end of a batch are nothing special: records often end with some. */
const TAIL_ZEROS_MIN = 16;

/**
 * Whether the batch that should begin at `position` of its file looks as if it, or whole sectors of
 * it, had never been written. `bytes` begins at that position.
 */
export function looksUnwritten(bytes: Uint8Array, position: number): boolean {
  if (zerosFrom(bytes, 0) >= Math.min(recordsAt, bytes.length)) return true;
  const toSector = (SECTOR_BYTES - (position % SECTOR_BYTES)) % SECTOR_BYTES;
  // The length field of a batch is never zero, so the first sector of this one is missing.
  if (toSector >= 12 && zerosFrom(bytes, 0) >= toSector) return true;
  if (bytes.length < recordsAt || magicOf(bytes) !== 2) return false;
  return hasSectorHole(bytes, position, Math.min(batchSizeOf(bytes), bytes.length));
}

function zerosFrom(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at - start;
}

/** A run of zeros in `[0, end)` that begins and ends where sectors do. */
function hasSectorHole(bytes: Uint8Array, position: number, end: number): boolean {
  let at = 0;
  while (at < end) {
    if (bytes[at] !== 0) {
      at += 1;
      continue;
    }
    let runEnd = at + 1;
    while (runEnd < end && bytes[runEnd] === 0) runEnd += 1;
    if (isSectorHole(position + at, position + runEnd, position + end)) return true;
    at = runEnd;
  }
  return false;
}

function isSectorHole(from: number, to: number, batchEnd: number): boolean {
  const start = Math.ceil(from / SECTOR_BYTES) * SECTOR_BYTES;
  if (start - from > OWN_ZEROS_MAX) return false;
  if (to === batchEnd) return to - start >= TAIL_ZEROS_MIN;
  const end = Math.floor(to / SECTOR_BYTES) * SECTOR_BYTES;
  return end > start && to - end <= OWN_ZEROS_MAX;
}
