// A fetch returns exactly the produced bytes: whole batches with good checksums, offsets without a
// gap unless the topic is compacted, every record as its producer made it, nothing above the high watermark, and the same record
// at the same offset for every reader for ever.
//
// Lives on: the simulator's thread.

import {
  batchSizeAt,
  isCrcRight,
  lastOffsetOf,
  baseOffsetOf,
  lastOffsetDeltaOf,
  producerIdOf,
  baseSequenceOf,
  recordCountOf,
  recordsOf,
} from "../../protocol/record-batch.ts";
import type { RecordView } from "../../protocol/record-batch.ts";
import type { History, PartitionHistory, Send } from "../history.ts";
import { idOf } from "../material.ts";
import type { Verdict } from "../verdict.ts";

/** One record as it lies in the log. */
export type LoggedRecord = {
  readonly offset: number;
  readonly send: Send;
  readonly producerId: number;
  /** -1 without idempotence. */
  readonly sequence: number;
};

export type FetchedBytes = {
  readonly fetchOffset: number;
  readonly highWatermark: number;
  readonly records: Uint8Array;
};

/** Where whoever has read these batches goes on; undefined when there are none. */
export function offsetBehind(bytes: Uint8Array): number | undefined {
  let next: number | undefined;
  for (let at = 0; at < bytes.byteLength;) {
    const size = batchSizeAt(bytes, at);
    if (size <= 0) break;
    next = lastOffsetOf(bytes, at) + 1;
    at += size;
  }
  return next;
}

/** Checks what was fetched and answers with its records, from the first batch's first on. */
export function checkFetchedBytes(
  verdict: Verdict,
  history: History,
  partition: PartitionHistory,
  fetched: FetchedBytes,
): LoggedRecord[] {
  const { records: bytes, fetchOffset, highWatermark } = fetched;
  const logged: LoggedRecord[] = [];
  let expected: number | undefined;
  for (let at = 0; at < bytes.byteLength;) {
    const size = batchSizeAt(bytes, at);
    const whole = verdict.hold(
      size > 0 && at + size <= bytes.byteLength,
      "a fetch returns whole batches",
      () => `${partition.name}: batch of ${size} bytes at ${at} of ${bytes.byteLength}`,
    );
    if (
      !whole ||
      !checkBatch(verdict, partition, bytes, at, { fetchOffset, highWatermark, expected })
    ) {
      return logged;
    }
    expected = lastOffsetOf(bytes, at) + 1;
    logged.push(...checkRecords(verdict, history, partition, bytes, at));
    at += size;
  }
  return logged;
}

function checkBatch(
  verdict: Verdict,
  partition: PartitionHistory,
  bytes: Uint8Array,
  at: number,
  context: { fetchOffset: number; highWatermark: number; expected: number | undefined },
): boolean {
  const base = baseOffsetOf(bytes, at);
  const last = lastOffsetOf(bytes, at);
  const { fetchOffset, highWatermark, expected } = context;
  const { name, isCompacted } = partition;
  const least = expected ?? fetchOffset;
  const isNext = isCompacted ? base >= least : base === least;
  return (
    verdict.hold(isCrcRight(bytes, at), "checksums of fetched batches are right", () => {
      return `${name}: batch at offset ${base}`;
    }) &&
    verdict.hold(
      isNext || (expected === undefined && base <= fetchOffset && fetchOffset <= last),
      isCompacted ? "offsets ascend" : "offsets are dense",
      () => `${name}: asked for ${fetchOffset}, expected ${expected}, got ${base}..${last}`,
    ) &&
    verdict.hold(last < highWatermark, "nothing above the high watermark is read", () => {
      return `${name}: offset ${last} with a high watermark of ${highWatermark}`;
    }) &&
    verdict.hold(
      isCompacted || lastOffsetDeltaOf(bytes, at) + 1 === recordCountOf(bytes, at),
      "offsets are dense",
      () => `${name}: batch ${base}..${last} counts ${recordCountOf(bytes, at)} records`,
    )
  );
}

function checkRecords(
  verdict: Verdict,
  history: History,
  partition: PartitionHistory,
  bytes: Uint8Array,
  at: number,
): LoggedRecord[] {
  const logged: LoggedRecord[] = [];
  const producerId = producerIdOf(bytes, at);
  const baseSequence = baseSequenceOf(bytes, at);
  const base = baseOffsetOf(bytes, at);
  let count = 0;
  for (const record of recordsOf(bytes, at)) {
    count += 1;
    const id = idOf(record);
    const send = id === undefined ? undefined : history.sends[id];
    const ours = send?.topic === partition.topic && send.index === partition.index;
    if (!ours || !isAsSent(record, send, partition.promise.appendTime)) {
      const what = `offset ${record.offset}, id ${id}`;
      verdict.fail("a fetch returns exactly the produced bytes", `${partition.name}: ${what}`);
      return logged;
    }
    checkPlace(verdict, partition, record.offset, send);
    const sequence = producerId < 0 ? -1 : baseSequence + record.offset - base;
    logged.push({ offset: record.offset, send, producerId, sequence });
  }
  verdict.hold(count === recordCountOf(bytes, at), "a batch holds the records it counts", () => {
    return `${partition.name}: ${count} records in the batch at ${base}`;
  });
  return logged;
}

function isAsSent(record: RecordView, send: Send, appendTime: boolean): boolean {
  const { key = null, value, headers = [], timestampMs } = send.record;
  return (
    isEqual(record.value, value) &&
    isEqual(record.key, key) &&
    (appendTime || record.timestamp === timestampMs) &&
    record.headers.length === headers.length &&
    record.headers.every((header, index) => {
      return header.key === headers[index]!.key && isEqual(header.value, headers[index]!.value);
    })
  );
}

function isEqual(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  if (one.byteLength !== other.byteLength) return false;
  return one.every((byte, index) => byte === other[index]);
}

/** The same record at the same offset, whoever reads, and whatever was acknowledged. */
export function checkPlace(
  verdict: Verdict,
  partition: PartitionHistory,
  offset: number,
  send: Send,
): void {
  const known = partition.idAt.get(offset);
  verdict.hold(
    known === undefined || known === send.id,
    "an offset holds one record for ever",
    () => {
      return `${partition.name}: offset ${offset} held record ${known}, now ${send.id}`;
    },
  );
  const place = partition.offsetOf.get(send.id);
  verdict.hold(
    place === undefined || place === offset || !send.idempotent,
    "no duplicate from an idempotent producer",
    () => `${partition.name}: record ${send.id} at offsets ${place} and ${offset}`,
  );
  verdict.hold(send.outcome !== "refused", "a refused record is not in the log", () => {
    return `${partition.name}: record ${send.id} at offset ${offset}, refused with ${send.code}`;
  });
  partition.idAt.set(offset, send.id);
  if (place === undefined) partition.offsetOf.set(send.id, offset);
}
