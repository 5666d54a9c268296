import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { recordsFrom } from "../../../src/protocol/record-batch.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";
import { batchOf, LOG_FILE, partition, Stage } from "./stage.ts";

/** Offsets 0-2, 3, 4-8. */
function filled(): Stage {
  const stage = new Stage();
  stage.produced(["a", "b", "c"]);
  stage.produced(["d"]);
  stage.produced(["e", "f", "g", "h", "i"]);
  return stage;
}

test("a fetch from inside a batch brings that batch whole, byte for byte", () => {
  const stage = new Stage();
  const batch = batchOf(["a", "b", "c"]);
  const original = batch.slice();
  stage.produce(batch);
  const { records } = stage.fetch(1);
  assert.equal(records.length, original.length);
  // Only what the node stamps differs: base offset and leader epoch.
  assert.deepEqual(records.subarray(16), original.subarray(16));
  const offsets = [...recordsFrom(records, 1)].map(({ offset }) => offset);
  assert.deepEqual(offsets, [1, 2]);
});

test("as many whole batches as fit; the first one whatever its size, if it may be", () => {
  const stage = filled();
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0, 3, 4]);
  const one = stage.fetch(0, { maxBytes: 1 });
  assert.deepEqual(Stage.batches(one), [0]);
  const two = stage.fetch(0, { maxBytes: one.records.length + 80 });
  assert.deepEqual(Stage.batches(two), [0, 3]);
  const none = stage.fetch(0, { maxBytes: 1, wholeFirstBatch: false });
  assert.equal(none.errorCode, ErrorCode.NONE);
  assert.equal(none.records.length, 0);
});

test("at the end there is nothing to read and no error", () => {
  const { errorCode, records, highWatermark, lastStableOffset, logStartOffset } = filled().fetch(9);
  assert.equal(errorCode, ErrorCode.NONE);
  assert.equal(records.length, 0);
  assert.deepEqual([highWatermark, lastStableOffset, logStartOffset], [9, 9, 0]);
});

test("between what is visible and the end of the log there is nothing to read and no error", () => {
  const stage = filled();
  stage.harness.disk.hold("datasync");
  stage.produce(batchOf(["j", "k"]));
  for (const offset of [9, 10, 11]) {
    const { errorCode, records, highWatermark } = stage.fetch(offset);
    assert.deepEqual([errorCode, records.length, highWatermark], [ErrorCode.NONE, 0, 9]);
  }
  assert.equal(stage.fetch(12).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
});

test("out of range: behind the end, before the start; every other field says nothing", () => {
  const stage = filled();
  stage.harness.ask(partition, "deleteRecords", { offset: 4 });
  stage.harness.answer("writeCheckpoints", { ok: true, value: null });
  for (const offset of [10, 3, -1]) {
    const reply = stage.fetch(offset);
    assert.equal(reply.errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
    assert.deepEqual(
      [reply.highWatermark, reply.lastStableOffset, reply.logStartOffset],
      [-1, -1, -1],
    );
    assert.ok(reply.records instanceof Uint8Array);
    assert.equal(reply.records.length, 0);
    assert.equal(reply.abortedTransactions, null);
  }
  assert.equal(stage.fetch(4).logStartOffset, 4);
});

test("no aborted transactions: null for read_uncommitted, an empty list for read_committed", () => {
  const stage = filled();
  assert.equal(stage.fetch(0).abortedTransactions, null);
  assert.deepEqual(stage.fetch(0, { readCommitted: true }).abortedTransactions, []);
  assert.deepEqual(Stage.batches(stage.fetch(0, { readCommitted: true })), [0, 3, 4]);
});

test("the leader epoch a client names must be ours", () => {
  const stage = filled();
  const errorAt = (currentLeaderEpoch: number) => stage.fetch(0, { currentLeaderEpoch }).errorCode;
  assert.equal(errorAt(-1), ErrorCode.NONE);
  assert.equal(errorAt(3), ErrorCode.NONE);
  assert.equal(errorAt(2), ErrorCode.FENCED_LEADER_EPOCH);
  assert.equal(errorAt(-2), ErrorCode.NONE, "any epoch below 0 is none");
  assert.equal(errorAt(4), ErrorCode.UNKNOWN_LEADER_EPOCH);
});

test("a client whose last epoch went further than ours is told where they part", () => {
  const stage = new Stage({ settings: { leaderEpoch: 1 } });
  stage.produced(["a", "b"]);
  stage.configure({}, 4);
  stage.produced(["c"]);
  // Our log: epoch 1 at 0 and 1, epoch 4 at 2.
  const at = (fetchOffset: number, lastFetchedEpoch: number) =>
    stage.fetch(fetchOffset, { lastFetchedEpoch, currentLeaderEpoch: 4 });
  assert.equal(at(2, 1).divergingEpoch, null);
  assert.deepEqual(Stage.batches(at(2, 1)), [2]);
  const further = at(3, 1);
  assert.equal(further.errorCode, ErrorCode.NONE);
  assert.deepEqual(further.divergingEpoch, { epoch: 1, endOffset: 2 });
  assert.equal(further.records.length, 0);
  assert.equal(further.highWatermark, 3);
  // An epoch that we never had: the one before it is where they part.
  assert.deepEqual(at(2, 2).divergingEpoch, { epoch: 1, endOffset: 2 });
  assert.equal(at(3, 4).divergingEpoch, null);
  assert.equal(at(3, 9).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
});

test("a device that cannot read fails the fetch, not the partition", () => {
  const stage = filled();
  const restarted = stage.restart({ cleanStart: true, recoveryPoint: 9 });
  restarted.harness.disk.failNext("read", "EIO");
  assert.equal(restarted.fetch(0).errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
  assert.deepEqual(Stage.batches(restarted.fetch(0)), [0, 3, 4]);
  assert.equal(restarted.produced(["j"]), 9);
});

test("bytes that went bad are never served; what is around them is", () => {
  const stage = filled();
  const files = new DiskByHand(stage.disk);
  const second = stage.fetch(0, { maxBytes: 1 }).records.length;
  const bytes = files.read(LOG_FILE);
  bytes[second + 65]! ^= 0xff;
  files.write(LOG_FILE, bytes);
  const restarted = stage.restart({ cleanStart: true, recoveryPoint: 9 });
  assert.deepEqual(Stage.batches(restarted.fetch(0)), [0]);
  assert.equal(restarted.fetch(3).errorCode, ErrorCode.CORRUPT_MESSAGE);
  assert.deepEqual(Stage.batches(restarted.fetch(4)), [4]);
  assert.equal(restarted.produced(["j"]), 9);
  assert.deepEqual(Stage.batches(restarted.fetch(4)), [4, 9]);
});

test("reads go on while a write is stuck", () => {
  const stage = filled();
  stage.harness.disk.hold("write");
  const stuck = stage.produce(batchOf(["j"]));
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0, 3, 4]);
  assert.equal(stuck.answered, false);
});

test("the records come in a buffer that is the reader's alone", () => {
  const stage = filled();
  const first = stage.fetch(0).records;
  first.fill(0);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0, 3, 4]);
});
