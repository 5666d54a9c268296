// The records inside a batch, for those who have to look: clients, tools, lookups by time. Views of
// the batch's bytes, made one at a time and only for records that are asked for.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { VarintReader } from "../../base/varint.ts";
import {
  baseOffsetOf,
  baseTimestampOf,
  batchSizeAt,
  isLogAppendTime,
  maxTimestampOf,
  recordCountOf,
} from "./header.ts";
import { INFLATED_BYTES_MAX, recordBytesOf } from "./inflate.ts";

export type RecordHeader = { readonly key: string; readonly value: Uint8Array | null };

export type RecordView = {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
};

/** Every record of the batch at `at`; stops at the first that is not one. */
export function* recordsOf(
  batch: Uint8Array,
  at = 0,
  inflatedBytesMax = INFLATED_BYTES_MAX,
): Generator<RecordView, Outcome<null>, void> {
  const bytes = recordBytesOf(batch, at, inflatedBytesMax);
  if (!bytes.ok) return bytes;
  const baseOffset = baseOffsetOf(batch, at);
  const baseTimestamp = baseTimestampOf(batch, at);
  const appendTimeMs = isLogAppendTime(batch, at) ? maxTimestampOf(batch, at) : undefined;
  const reader = new VarintReader(bytes.value);
  const count = recordCountOf(batch, at);
  for (let index = 0; index < count; index++) {
    const length = reader.varint();
    const end = reader.at + length;
    if (reader.bad || length <= 0 || end > bytes.value.length) return cutShort(index);
    reader.at += 1;
    const timestamp = baseTimestamp + reader.varlong();
    const offset = baseOffset + reader.varint();
    const key = readBytes(reader, end);
    const value = readBytes(reader, end);
    const headers = readHeaders(reader, end);
    if (reader.bad || headers === undefined) return cutShort(index);
    reader.at = end;
    yield { offset, timestamp: appendTimeMs ?? timestamp, key, value, headers };
  }
  return success(null);
}

/** Every record of several batches in a row, from `fromOffset` on: what a fetch answered. */
export function* recordsFrom(batches: Uint8Array, fromOffset: number): Generator<RecordView> {
  for (let at = 0; ;) {
    const size = batchSizeAt(batches, at);
    if (size <= 0) return;
    for (const record of recordsOf(batches, at)) if (record.offset >= fromOffset) yield record;
    at += size;
  }
}

function cutShort(index: number) {
  return failure("corrupt", `record ${index} is cut short`);
}

function readBytes(reader: VarintReader, end: number): Uint8Array | null {
  const length = reader.varint();
  if (length === -1) return null;
  if (length < -1 || length > end - reader.at) {
    reader.bad = true;
    return null;
  }
  const bytes = reader.bytes.subarray(reader.at, reader.at + length);
  reader.at += length;
  return bytes;
}

/** A mark at the beginning is part of the text, as in Java. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const noHeaders: readonly RecordHeader[] = [];

function readHeaders(reader: VarintReader, end: number): readonly RecordHeader[] | undefined {
  const count = reader.varint();
  if (count === 0) return noHeaders;
  if (count < 0 || count * 2 > end - reader.at) return undefined;
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const key = readBytes(reader, end);
    const value = readBytes(reader, end);
    if (reader.bad || key === null) return undefined;
    headers.push({ key: textOf(key), value });
  }
  return headers;
}

/** Keys of headers are short and plain nearly always: a loop is faster than the decoder then. */
function textOf(bytes: Uint8Array): string {
  if (bytes.byteLength > 32) return utf8.decode(bytes);
  let text = "";
  for (const byte of bytes) {
    if (byte >= 0x80) return utf8.decode(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}
