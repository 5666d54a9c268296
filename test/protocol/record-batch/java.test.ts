// Batches that Kafka's own code wrote (test/oracle): we see in them what Kafka sees.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  BatchBuilder,
  baseOffsetOf,
  baseSequenceOf,
  checkProducedBatch,
  codecNameOf,
  codecNames,
  hasDeleteHorizon,
  hasExactNumbers,
  isControl,
  isCrcRight,
  isLogAppendTime,
  isTransactional,
  leaderEpochOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  recordsOf,
  stampBaseOffset,
  stampCrc,
  stampTimestamps,
} from "../../../src/protocol/record-batch.ts";
import { describe } from "./describe.ts";
import { rulesOf } from "./rules.ts";

type Line = { readonly json: ReturnType<typeof describe>; readonly hex: string };

const text = gunzipSync(readFileSync(new URL("batches.jsonl.gz", import.meta.url))).toString();
const lines = text
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Line);
const batchOf = ({ hex }: Line) => new Uint8Array(Buffer.from(hex, "hex"));
/** The others have numbers beyond 2^53, which only tools read. */
const exactLines = lines.filter((line) => hasExactNumbers(batchOf(line)));

/** Whether a producer could have sent it: nothing compacted away, no control records. */
function isProduced(line: Line): boolean {
  const { records, lastOffsetDelta } = line.json;
  const isWhole = records.length > 0 && records.length === lastOffsetDelta + 1;
  return isWhole && !isControl(batchOf(line)) && !hasDeleteHorizon(batchOf(line));
}

test("there are enough of every kind", () => {
  for (const codec of codecNames) {
    const ofCodec = exactLines.filter((line) => codecNameOf(batchOf(line)) === codec);
    assert(ofCodec.filter(isProduced).length >= 3, codec);
    for (const has of [isLogAppendTime, isTransactional, hasDeleteHorizon]) {
      assert(
        ofCodec.map(batchOf).some((batch) => has(batch)),
        `${codec} ${has.name}`,
      );
    }
  }
  assert(exactLines.filter((line) => isControl(batchOf(line))).length >= 4);
});

test("every field and every record of Kafka's batches is read as Kafka reads it", () => {
  for (const line of lines) assert.ok(isCrcRight(batchOf(line)), line.hex);
  for (const line of exactLines) assert.deepEqual(describe(batchOf(line)), line.json);
});

test("what a producer could have sent passes the checks of a produced batch", () => {
  for (const line of exactLines) {
    const batch = batchOf(line);
    stampBaseOffset(batch, 0, 0);
    const check = checkProducedBatch(batch, rulesOf());
    if (isProduced(line)) {
      assert.ok(check.ok, JSON.stringify([check, line]));
      assert.equal(check.maxTimestamp, line.json.maxTimestamp, line.hex);
    } else if (!hasDeleteHorizon(batch)) assert.ok(!check.ok, line.hex);
    if (isControl(batch)) assert.match(check.ok ? "" : check.message, /control/);
  }
});

test("built anew from its records, an uncompressed batch is Kafka's byte for byte", () => {
  for (const line of exactLines.filter(isProduced)) {
    const batch = batchOf(line);
    if (codecNameOf(batch) !== "none") continue;
    const builder = new BatchBuilder({
      baseOffset: baseOffsetOf(batch),
      leaderEpoch: leaderEpochOf(batch),
      producerId: producerIdOf(batch),
      producerEpoch: producerEpochOf(batch),
      baseSequence: baseSequenceOf(batch),
      transactional: isTransactional(batch),
      ...(isLogAppendTime(batch) ? { logAppendTimeMs: maxTimestampOf(batch) } : {}),
    });
    // With LogAppendTime the records keep the timestamps they came with.
    const own = batch.slice();
    if (isLogAppendTime(own)) stampTimestamps(own, 0, "CreateTime", maxTimestampOf(own));
    for (const record of recordsOf(own)) {
      builder.append({ ...record, timestampMs: record.timestamp });
    }
    assert.deepEqual(builder.build(), batch, line.hex);
  }
});

test("a stamp of LogAppendTime gives what Kafka gives", () => {
  const expected = batchOf(exactLines.find((line) => isLogAppendTime(batchOf(line)))!);
  const plain = expected.slice();
  stampTimestamps(plain, 0, "CreateTime", 5);
  assert.notDeepEqual(plain, expected);
  stampTimestamps(plain, 0, "LogAppendTime", maxTimestampOf(expected));
  assert.deepEqual(plain, expected);
  stampCrc(plain);
  assert.deepEqual(plain, expected);
});
