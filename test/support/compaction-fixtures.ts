// Logs of keyed records for tests of compaction, what is in them, and what ought to be.
//
// Lives on: tests.

import assert from "node:assert/strict";
import { need } from "../../src/base/outcome.ts";
import type { BatchOptions } from "../../src/protocol/record-batch.ts";
import {
  batchSizeAt,
  buildBatch,
  lastOffsetOf,
  recordsOf,
} from "../../src/protocol/record-batch.ts";
import type { Routine } from "../../src/runtime/routine.ts";
import type { CompactionReport, CompactionSettings, Log } from "../../src/storage/log.ts";
import { batchInfoAt } from "../../src/storage/log.ts";
import type { Batch } from "../../src/storage/log.ts";
import { START_MS } from "./log-fixtures.ts";

export type Keyed = {
  readonly key: string | null;
  /** Null: a tombstone. */
  readonly value: string | null;
  readonly timestampMs?: number;
};

export type Found = Required<Keyed> & { readonly offset: number };

const bytesOf = (text: string | null): Uint8Array | null =>
  text === null ? null : Buffer.from(text);
const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();

export function keyedBatch(
  baseOffset: number,
  records: readonly Keyed[],
  options: BatchOptions = {},
): Batch {
  const drafts = records.map(({ key, value, timestampMs }, index) => ({
    key: bytesOf(key),
    value: bytesOf(value),
    timestampMs: timestampMs ?? START_MS + baseOffset + index,
    headers: [{ key: "at", value: bytesOf(String(baseOffset + index)) }],
  }));
  const bytes = buildBatch(drafts, { leaderEpoch: 0, ...options, baseOffset });
  return { bytes, info: batchInfoAt(bytes) };
}

export const eager: CompactionSettings = {
  minCleanableDirtyRatio: 0,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 1_000,
};

export const limits = {
  chunkBytes: 700,
  mapBytes: 1_000_000,
  mapLoadFactor: 0.9,
  bytesPerSecondMax: Infinity,
  inflatedBytesMax: 1_000_000,
};

/** All the passes there are to be made at that time. Undefined: there was nothing to do. */
export function* compact(
  log: Log,
  nowMs: number,
  changes: Partial<CompactionSettings & typeof limits> = {},
): Routine<CompactionReport | undefined> {
  const settings = { ...eager, ...changes };
  let report: CompactionReport | undefined;
  for (;;) {
    const cleanable = yield* log.cleanable(settings, log.logEndOffset, nowMs);
    if (!cleanable.isDue) return report;
    const compaction = log.compaction({
      ...limits,
      ...settings,
      ...cleanable,
      nowMs,
      hashKeys: [
        [1, 2],
        [3, 4],
      ],
      mayGoOn: () => true,
    });
    yield* compaction.mapKeys();
    while (compaction.hasMore) {
      if (yield* compaction.prepareNext()) yield* compaction.swap(nowMs);
    }
    report = compaction.finish();
  }
}

/** Every batch from `from` on, as a consumer gets them that goes on behind each. */
export function* batchesOf(log: Log, from = log.logStartOffset): Routine<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (let offset = from; offset < log.logEndOffset;) {
    const bytes = yield* log.read(offset, 1_000, log.logEndOffset, true);
    if (bytes.length === 0) break;
    for (let at = 0; at < bytes.length;) {
      const size = batchSizeAt(bytes, at);
      assert.ok(size > 0);
      assert.ok(lastOffsetOf(bytes, at) >= offset, "a batch that ends before what was asked for");
      found.push(bytes.slice(at, at + size));
      offset = lastOffsetOf(bytes, at) + 1;
      at += size;
    }
  }
  return found;
}

export function recordsIn(batches: readonly Uint8Array[]): Found[] {
  return batches.flatMap((batch) => {
    const found: Found[] = [];
    const walk = recordsOf(batch);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) {
        need(step.value);
        return found;
      }
      const { offset, timestamp, key, value, headers } = step.value;
      assert.equal(textOf(headers[0]!.value), String(offset));
      found.push({ offset, key: textOf(key), value: textOf(value), timestampMs: timestamp });
    }
  });
}

export function foundIn({ bytes }: Batch): Found[] {
  return recordsIn([bytes]);
}

/** By key: the last of its records. */
export function latest(records: readonly Found[]): Map<string, Found> {
  const byKey = new Map<string, Found>();
  for (const record of records) if (record.key !== null) byKey.set(record.key, record);
  return byKey;
}
