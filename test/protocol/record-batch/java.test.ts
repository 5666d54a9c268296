// Batches that Kafka's own code wrote (oracle/): we see in them what Kafka sees.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  BatchBuilder,
  baseOffsetOf,
  checkProducedBatch,
  codecNameOf,
  isControl,
  isCrcRight,
  isLogAppendTime,
  producerEpochOf,
  producerIdOf,
  baseSequenceOf,
  isTransactional,
  leaderEpochOf,
  maxTimestampOf,
  recordsOf,
  stampBaseOffset,
  stampCrc,
  stampTimestamps,
} from "../../../src/protocol/record-batch.ts";
import { describe } from "./describe.ts";
import { rulesOf } from "./rules.ts";

type Line = ReturnType<typeof describe> & { readonly name: string; readonly hex: string };

const text = gunzipSync(readFileSync(new URL("batches.jsonl.gz", import.meta.url))).toString();
const lines = text
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Line);
const batchOf = ({ hex }: Line) => new Uint8Array(Buffer.from(hex, "hex"));

test("every field and every record of Kafka's batches is read as Kafka reads it", () => {
  assert.equal(lines.length, 23);
  for (const line of lines) {
    const { name, hex: _, ...theirs } = line;
    const batch = batchOf(line);
    assert.ok(isCrcRight(batch), name);
    assert.deepEqual(describe(batch), theirs, name);
  }
});

test("they pass the checks of a produced batch, once they look like one", () => {
  for (const line of lines) {
    const batch = batchOf(line);
    stampBaseOffset(batch, 0, 0);
    const check = checkProducedBatch(batch, rulesOf());
    if (isControl(batch)) assert.match(check.ok ? "" : check.message, /control/);
    else {
      assert.ok(check.ok, `${line.name}: ${JSON.stringify(check)}`);
      assert.equal(check.maxTimestamp, line.maxTimestamp, line.name);
    }
  }
});

test("built anew from its records, an uncompressed batch is Kafka's byte for byte", () => {
  for (const line of lines) {
    const batch = batchOf(line);
    if (codecNameOf(batch) !== "none") continue;
    const builder = new BatchBuilder({
      baseOffset: baseOffsetOf(batch),
      leaderEpoch: leaderEpochOf(batch),
      producerId: producerIdOf(batch),
      producerEpoch: producerEpochOf(batch),
      baseSequence: baseSequenceOf(batch),
      transactional: isTransactional(batch),
      control: isControl(batch),
      ...(isLogAppendTime(batch) ? { logAppendTimeMs: maxTimestampOf(batch) } : {}),
    });
    // With LogAppendTime the records keep the timestamps they came with.
    const own = batch.slice();
    if (isLogAppendTime(own)) stampTimestamps(own, 0, "CreateTime", maxTimestampOf(own));
    for (const record of recordsOf(own)) {
      builder.append({ ...record, timestampMs: record.timestamp });
    }
    assert.deepEqual(builder.build(), batch, line.name);
  }
});

test("a stamp of LogAppendTime gives what Kafka gives", () => {
  const plain = batchOf(lines.find(({ name }) => name === "gzip-1")!);
  const expected = plain.slice();
  stampTimestamps(plain, 0, "CreateTime", 5);
  assert.notDeepEqual(plain, expected);
  stampTimestamps(plain, 0, "LogAppendTime", maxTimestampOf(expected));
  assert.deepEqual(plain, expected);
  stampCrc(plain);
  assert.deepEqual(plain, expected);
});
