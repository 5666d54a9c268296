// Snapshots of the metadata image, Kafka's `<end offset>-<epoch>.checkpoint`: a header, batches of
// metadata records, a footer (KIP-630). A file without its footer, or with a wrong checksum anywhere,
// is no snapshot.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import {
  baseOffsetOf,
  batchSizeAt,
  buildBatch,
  isControl,
  isCrcRight,
  leaderEpochOf,
  nextOffsetOf,
  recordsOf,
} from "../protocol/record-batch.ts";
import type { VoterSet } from "./control-records.ts";
import {
  ControlType,
  controlTypeOf,
  snapshotFooterBatch,
  snapshotHeaderBatch,
  votersBatch,
  votersIn,
} from "./control-records.ts";

export const SNAPSHOT_FILE_SUFFIX = ".checkpoint";
/** Set aside because it could not be read; kept for whoever looks into it. */
export const DAMAGED_SUFFIX = ".damaged";

/** A larger one is read by nobody: it has to be in memory whole. */
export const SNAPSHOT_BYTES_MAX = 1024 * 1024 * 1024;

/** Everything below `endOffset` is in it; the last of that was of `epoch`. */
export type SnapshotId = { readonly endOffset: number; readonly epoch: number };

const BATCH_BYTES = 1024 * 1024;

export function snapshotName({ endOffset, epoch }: SnapshotId): string {
  const digits = (value: number, count: number): string => String(value).padStart(count, "0");
  return `${digits(endOffset, 20)}-${digits(epoch, 10)}${SNAPSHOT_FILE_SUFFIX}`;
}

/** Null when the name is not a snapshot's. */
export function snapshotIdOf(name: string): SnapshotId | null {
  const match = /^(?<end>\d{20})-(?<epoch>\d{10})\.checkpoint$/.exec(name)?.groups;
  const endOffset = Number(match?.["end"]);
  return Number.isSafeInteger(endOffset) ? { endOffset, epoch: Number(match?.["epoch"]) } : null;
}

/** `voters`: who votes where it ends; null when that is not a matter of the log. */
export function encodeSnapshot(
  { epoch }: SnapshotId,
  records: readonly Uint8Array[],
  timestampMs: number,
  voters: VoterSet | null = null,
): Uint8Array {
  const batches: Uint8Array[] = [];
  let baseOffset = 0;
  const place = () => ({ baseOffset, epoch, timestampMs });
  batches.push(snapshotHeaderBatch(place(), timestampMs));
  baseOffset += 1;
  if (voters !== null) {
    batches.push(votersBatch(place(), voters));
    baseOffset += 1;
  }
  for (const group of groupsOf(records)) {
    const drafts = group.map((value) => ({ value, timestampMs }));
    batches.push(buildBatch(drafts, { baseOffset, leaderEpoch: epoch }));
    baseOffset += group.length;
  }
  batches.push(snapshotFooterBatch(place()));
  return concatenated(batches);
}

function* groupsOf(records: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  let group: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    group.push(record);
    bytes += record.length;
    if (bytes < BATCH_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The metadata records, as views of `bytes`; also of snapshots that Kafka wrote. */
export function decodeSnapshot(
  bytes: Uint8Array,
  { epoch }: SnapshotId,
): Outcome<readonly Uint8Array[]> {
  const records: Uint8Array[] = [];
  let last: number | undefined;
  let baseOffset = 0;
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at);
    if (size <= 0 || !isCrcRight(bytes, at)) return corrupt(`no whole batch at byte ${at}`);
    // The checksum does not cover these two.
    if (baseOffsetOf(bytes, at) !== baseOffset || leaderEpochOf(bytes, at) !== epoch) {
      return corrupt(`the batch at byte ${at} does not follow the one before it`);
    }
    baseOffset = nextOffsetOf(bytes, at);
    const control = controlTypeOf(bytes, at);
    if (at === 0 && control !== ControlType.SNAPSHOT_HEADER) return corrupt("it has no header");
    if (last === ControlType.SNAPSHOT_FOOTER) return corrupt("something follows its footer");
    last = control;
    if (!isControl(bytes, at)) {
      for (const { value } of recordsOf(bytes, at)) {
        if (value === null) return corrupt(`an empty record in the batch at byte ${at}`);
        records.push(value);
      }
    }
    at += size;
  }
  return last === ControlType.SNAPSHOT_FOOTER ? success(records) : corrupt("it has no footer");
}

/** Of a snapshot that can be decoded: the voters it carries. */
export function snapshotVoters(bytes: Uint8Array): VoterSet | null {
  for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at)) {
    const voters = votersIn(bytes, at);
    if (voters !== null) return voters;
  }
  return null;
}

function corrupt(what: string): Outcome<never> {
  return failure("corrupt", `snapshot: ${what}`);
}
