// From a fetch's bytes to records.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFetched } from "../../src/client/fetched-records.ts";
import * as b from "../../src/protocol/record-batch.ts";

const utf8 = new TextEncoder();
const drafts = (...texts: string[]) =>
  texts.map((text) => ({ value: utf8.encode(text), timestampMs: 5 }));
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const texts = ({ records }: { records: readonly b.RecordView[] }) =>
  records.map(({ value }) => new TextDecoder().decode(value!));

const first = b.buildBatch(drafts("a", "b"), { baseOffset: 10 });
const second = b.buildBatch(drafts("c"), { baseOffset: 12, compression: "lz4", leaderEpoch: 3 });
const marker = b.buildBatch(drafts("commit"), { baseOffset: 13, control: true, producerId: 4 });

test("records from the offset on, without markers, and where to go on", () => {
  const read = readFetched(joined(first, second, marker), 11);
  assert.deepEqual(texts(read), ["b", "c"]);
  assert.deepEqual([read.nextOffset, read.damaged], [14, false]);
  // A record has that of its batch; the whole has that of the last one, whatever that is.
  const firstEpoch = b.leaderEpochOf(first);
  assert.deepEqual(
    read.records.map(({ leaderEpoch }) => leaderEpoch),
    [firstEpoch, 3],
  );
  assert.equal(read.leaderEpoch, b.leaderEpochOf(marker));
  assert.deepEqual(readFetched(new Uint8Array(0), 5), {
    records: [],
    leaderEpoch: -1,
    nextOffset: 5,
    damaged: false,
  });
});

test("a batch that is cut off is left for the next fetch", () => {
  for (let cut = 1; cut < second.length; cut++) {
    const read = readFetched(joined(first, second.subarray(0, cut)), 10);
    assert.deepEqual([texts(read), read.nextOffset, read.damaged], [["a", "b"], 12, false]);
  }
});

test("damage is told, with everything before it", () => {
  const flipped = second.slice();
  flipped[70]! ^= 1;
  const wrongMagic = second.slice();
  wrongMagic[16] = 9;
  const hollow = second.slice(0, b.recordsAt);
  b.writeInt32(hollow, b.batchLengthAt, hollow.length - b.lengthOverhead);
  b.stampCrc(hollow);
  const short = b.buildBatch(drafts("x", "y"), { baseOffset: 12 });
  b.writeInt32(short, b.recordCountAt, 3);
  b.stampCrc(short);
  for (const bad of [flipped, wrongMagic, hollow, short]) {
    const read = readFetched(joined(first, bad, marker), 10);
    assert.deepEqual([texts(read), read.nextOffset, read.damaged], [["a", "b"], 12, true]);
  }
});

test("offsets that compaction took away are passed over", () => {
  const sparse = b.buildBatch(drafts("a"), { baseOffset: 0 });
  b.writeInt32(sparse, b.lastOffsetDeltaAt, 9);
  b.stampCrc(sparse);
  assert.equal(readFetched(sparse, 0).nextOffset, 10);
});
