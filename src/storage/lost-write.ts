// Telling a write that never reached the disk from bytes that went bad on it. After a power cut a file
// may be longer than what was written of it: whole sectors then read as zeros. Such a hole was never
// acknowledged as being on disk and the log ends before it. Anything else that is wrong is damage, and
// damage is kept for whoever can mend it (ALICE, OSDI'14; CTRL, FAST'18).
//
// Lives on: anywhere (pure).

import { crc32cOf } from "../base/crc32c.ts";
import {
  attributesAt,
  baseOffsetOf,
  batchSizeOf,
  crcOf,
  isCrcRight,
  magicOf,
  recordsAt,
} from "../protocol/record-batch.ts";

const SECTOR_BYTES = 512;

/** Zeros at the edges of a hole may be the data's own: so many are let pass. */
const OWN_ZEROS_MAX = 4;

/** Fewer zeros at the very end of a batch are nothing special: records often end with some. */
const TAIL_ZEROS_MIN = 16;

export type Suspect = {
  /** What is in the file from where the batch should begin. */
  readonly bytes: Uint8Array;
  readonly position: number;
  /** The base offset it should have. */
  readonly baseOffset: number;
  /** They reach to the end of the file, and hold no whole batch. */
  readonly isFileEnd: boolean;
};

/**
 * Whether the batch that should be here looks as if it, or whole sectors of it, had never been
 * written.
 */
export function looksUnwritten(suspect: Suspect): boolean {
  const { bytes, position, isFileEnd } = suspect;
  if (hasLostHead(suspect)) return true;
  if (bytes.length < recordsAt) return isFileEnd;
  if (isFileEnd && batchSizeOf(bytes) > bytes.length) return !isWholeButForLength(bytes);
  if (batchSizeOf(bytes) < recordsAt) return false;
  return hasSectorHole(bytes, position, Math.min(batchSizeOf(bytes), bytes.length));
}

/** The header is missing, or the part of it that lies in one of its sectors. */
function hasLostHead({ bytes, position, baseOffset }: Suspect): boolean {
  const zeros = zerosFrom(bytes, 0);
  if (zeros >= Math.min(recordsAt, bytes.length)) return true;
  const toSector = (SECTOR_BYTES - (position % SECTOR_BYTES)) % SECTOR_BYTES;
  if (zeros >= toSector && wouldShow(baseOffset, toSector)) return true;
  // A header ends with a count, which is never zero.
  const rest = recordsAt - toSector;
  return rest > 0 && zerosFrom(bytes, toSector) >= rest;
}

/**
 * Whether the last batch of a log is whole but for something that has gone bad in it, so that it was
 * written all of it, and may have been promised. In doubt it is not: torn ends are common, rot is not.
 */
export function looksRotten(suspect: Suspect): boolean {
  const { bytes, position, baseOffset } = suspect;
  if (bytes.length < recordsAt || hasLostHead(suspect)) return false;
  const size = batchSizeOf(bytes);
  if (size > bytes.length || size < recordsAt) return isWholeButForLength(bytes);
  // Then it is the offset, the epoch or the magic: nothing else lies outside the checksum.
  if (isCrcRight(bytes)) return true;
  if (baseOffsetOf(bytes) !== baseOffset || magicOf(bytes) !== 2) return false;
  return !looksUnwritten(suspect) && !hasZeroTail(bytes, position, size);
}

/** From some sector on there are but zeros to the end of the batch. */
function hasZeroTail(bytes: Uint8Array, position: number, size: number): boolean {
  const lastSector = Math.floor((position + size - 1) / SECTOR_BYTES) * SECTOR_BYTES - position;
  return lastSector > 0 && zerosFrom(bytes, lastSector) >= size - lastSector;
}

/**
 * A file that ends before its last batch does has lost bytes, unless it is the length that has gone
 * bad: the checksum does not cover it, and is still that of what is there.
 */
function isWholeButForLength(bytes: Uint8Array): boolean {
  return crc32cOf(bytes, attributesAt) === crcOf(bytes);
}

/** Whether a batch whose first `count` bytes are missing can be told from one that has zeros there. */
function wouldShow(baseOffset: number, count: number): boolean {
  // The length field, bytes 8 to 11, is never zero.
  if (count >= 12) return true;
  const offsetBytes = Math.min(count, 8);
  return Math.floor(baseOffset / 2 ** (8 * (8 - offsetBytes))) > 0;
}

function zerosFrom(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at - start;
}

/** A run of zeros in the batch `[0, end)` that begins and ends where sectors do. */
function hasSectorHole(bytes: Uint8Array, position: number, end: number): boolean {
  let at = 0;
  while (at < end) {
    if (bytes[at] !== 0) {
      at += 1;
      continue;
    }
    const runEnd = at + zerosFrom(bytes, at);
    if (isSectorHole(position + at, position + runEnd, position + end)) return true;
    at = runEnd;
  }
  return false;
}

function isSectorHole(from: number, to: number, batchEnd: number): boolean {
  const start = Math.ceil(from / SECTOR_BYTES) * SECTOR_BYTES;
  if (start - from > OWN_ZEROS_MAX || start >= batchEnd) return false;
  // Where the next batch should be there is none either: its length would not be zero.
  if (to >= batchEnd + 12) return true;
  if (to >= batchEnd) return batchEnd - start >= TAIL_ZEROS_MIN;
  const end = Math.floor(to / SECTOR_BYTES) * SECTOR_BYTES;
  return end > start && to - end <= OWN_ZEROS_MAX;
}
