import { strict as assert } from "node:assert";
import { test } from "node:test";
import { failure, success } from "../../../src/base/outcome.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";
import { batchOf, DIRECTORY, partition, Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;

function logFiles(stage: Stage): string[] {
  const names = new DiskByHand(stage.disk).list(DIRECTORY);
  return names.filter((name) => /\.log(\.deleted)?$/.test(name));
}

function deleteRecords(stage: Stage, offset: number) {
  const asked = stage.harness.ask(partition, "deleteRecords", { offset });
  if (!asked.answered) stage.harness.answer("writeCheckpoints", success(null));
  return asked.value;
}

// ---------------------------------------------------------------- DeleteRecords

test("records are deleted up to an offset, or up to what is visible", () => {
  const stage = new Stage();
  stage.produced(["a", "b", "c"]);
  stage.produced(["d"]);
  assert.deepEqual(deleteRecords(stage, 2), { errorCode: ErrorCode.NONE, lowWatermark: 2 });
  assert.equal(stage.listOffset(-2).offset, 2);
  assert.equal(stage.fetch(1).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
  assert.deepEqual(Stage.batches(stage.fetch(2)), [0, 3]);
  assert.deepEqual(deleteRecords(stage, 1), { errorCode: ErrorCode.NONE, lowWatermark: 2 });
  assert.deepEqual(deleteRecords(stage, -1), { errorCode: ErrorCode.NONE, lowWatermark: 4 });
  assert.equal(stage.produced(["e"]), 4);
});

test("what cannot be deleted", () => {
  const stage = new Stage();
  stage.produced(["a"]);
  const refused = { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, lowWatermark: -1 };
  assert.deepEqual(deleteRecords(stage, 2), refused);
  assert.deepEqual(deleteRecords(stage, -2), refused);
  stage.configure({ "cleanup.policy": "compact" });
  assert.equal(deleteRecords(stage, 1).errorCode, ErrorCode.POLICY_VIOLATION);
  stage.configure({ "cleanup.policy": "compact,delete" });
  assert.equal(deleteRecords(stage, 1).errorCode, ErrorCode.NONE);
});

test("the answer waits until a crash cannot bring the records back", () => {
  const stage = new Stage();
  stage.produced(["a", "b"]);
  const asked = stage.harness.ask(partition, "deleteRecords", { offset: 1 });
  assert.equal(asked.answered, false);
  // The broker asks everybody for this file, and us as well.
  assert.equal(stage.harness.ask(partition, "checkpoint", {}).value.logStartOffset, 1);
  stage.harness.answer("writeCheckpoints", success(null));
  assert.equal(asked.value.lowWatermark, 1);
});

test("a deletion that a crash may undo is not answered as done until it is tried again", () => {
  const stage = new Stage();
  stage.produced(["a", "b", "c"]);
  const unkept = stage.harness.ask(partition, "deleteRecords", { offset: 2 });
  stage.harness.answer("writeCheckpoints", failure("stopped", "host 0 is down"));
  const refused = { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, lowWatermark: -1 };
  assert.deepEqual(unkept.value, refused);
  assert.ok(stage.harness.logged.some(({ level }) => level === "warn"));
  // Also where nothing is left to be deleted, and for what was asked by somebody else.
  for (const offset of [2, 1]) {
    const again = stage.harness.ask(partition, "deleteRecords", { offset });
    assert.equal(again.answered, false);
    stage.harness.answer("writeCheckpoints", failure("ENOSPC", "full"));
    assert.deepEqual(again.value, refused);
  }
  const kept = { errorCode: ErrorCode.NONE, lowWatermark: 2 };
  assert.deepEqual(deleteRecords(stage, 1), kept);
  const known = stage.harness.ask(partition, "deleteRecords", { offset: 2 });
  assert.deepEqual(known.value, kept);
});

// ---------------------------------------------------------------- retention

test("old segments go by time: aside at once, from disk after a delay", () => {
  const config = {
    "internal.segment.bytes": "1000",
    "retention.ms": String(HOUR_MS),
    "file.delete.delay.ms": "600000",
  };
  const stage = new Stage({ config });
  stage.produced(["x".repeat(800)]);
  stage.produced(["y".repeat(800)]);
  assert.equal(logFiles(stage).length, 2);
  stage.harness.advance(HOUR_MS + 300_000);
  assert.equal(stage.listOffset(-2).offset, 2);
  assert.equal(stage.listOffset(-1).offset, 2);
  assert.equal(logFiles(stage).filter((name) => name.endsWith(".deleted")).length, 2);
  stage.harness.advance(600_000);
  assert.deepEqual(logFiles(stage), ["00000000000000000002.log"]);
  assert.equal(stage.produced(["z"]), 2);
});

test("old segments go by size", () => {
  const config = { "internal.segment.bytes": "1000", "retention.bytes": "2000" };
  const stage = new Stage({ config });
  for (let i = 0; i < 6; i++) stage.produced(["x".repeat(800)]);
  stage.harness.advance(300_000);
  assert.ok(stage.listOffset(-2).offset > 0);
  const { sizeBytes } = stage.harness.ask(partition, "describeLog", {}).value;
  assert.ok(sizeBytes >= 2_000 && sizeBytes < 3_000);
});

test("a retention that is changed is heeded at the next check", () => {
  const stage = new Stage();
  stage.produced(["a"]);
  stage.harness.advance(2 * HOUR_MS);
  assert.equal(stage.listOffset(-2).offset, 0);
  stage.configure({ "retention.ms": String(HOUR_MS) });
  stage.harness.advance(300_000);
  assert.equal(stage.listOffset(-2).offset, 1);
});

test("a segment is closed when its time is over, though nothing is written", () => {
  const stage = new Stage({ config: { "segment.ms": String(HOUR_MS) } });
  stage.produced(["a"]);
  stage.harness.advance(2 * HOUR_MS);
  assert.equal(logFiles(stage).length, 2);
});

test("a retention that meets a full disk is tried again, one that meets a bad disk is the end", () => {
  const config = { "retention.ms": "1000" };
  const full = new Stage({ config });
  full.produced(["a"]);
  full.harness.disk.failNext("create", "ENOSPC");
  full.harness.advance(300_000);
  full.harness.advance(300_000);
  assert.equal(full.listOffset(-2).offset, 1);

  const bad = new Stage({ config });
  bad.produced(["a"]);
  bad.harness.disk.failNext("create", "EIO");
  bad.harness.advance(300_000);
  assert.equal(bad.produce(batchOf(["b"])).value.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
});

test("maintenance waits for its turn behind what is being written", () => {
  const stage = new Stage({ config: { "retention.ms": "1000" } });
  stage.produced(["a"]);
  stage.harness.disk.hold("write");
  const stuck = stage.produce(batchOf(["b"]));
  stage.harness.advance(600_000);
  assert.equal(stage.listOffset(-2).offset, 0);
  stage.harness.disk.open();
  assert.equal(stuck.value.baseOffset, 1);
});

// ---------------------------------------------------------------- settings

test("settings change while it runs", () => {
  const stage = new Stage();
  stage.configure({ "max.message.bytes": "100" });
  const large = batchOf(["x".repeat(200)]);
  assert.equal(stage.produce(large).value.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
  stage.configure({});
  assert.equal(stage.produce(large).value.errorCode, ErrorCode.NONE);
});

test("settings that come before the log is open are heeded", () => {
  const stage = new Stage({ prepare: ({ disk }) => disk.hold("create") });
  stage.configure({ "max.message.bytes": "100" }, 8);
  stage.harness.disk.open();
  const large = batchOf(["x".repeat(200)]);
  assert.equal(stage.produce(large).value.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
  assert.equal(stage.listOffset(-1).leaderEpoch, 8);
});

// ---------------------------------------------------------------- the ends

test("a close syncs and answers what was begun, refuses what comes, and leaves a clean log", () => {
  const stage = new Stage();
  stage.harness.disk.hold("datasync");
  const waiting = stage.produce(batchOf(["a"]));
  const closed = stage.harness.ask(partition, "close", {});
  const late = stage.produce(batchOf(["b"]));
  assert.equal(late.value.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  assert.equal(waiting.answered || closed.answered, false);
  stage.harness.disk.open();
  assert.equal(waiting.value.errorCode, ErrorCode.NONE);
  assert.deepEqual(closed.value, {
    clean: true,
    recoveryPoint: 1,
    logStartOffset: 0,
    highWatermark: 1,
    firstDirtyOffset: 0,
  });
  assert.deepEqual(stage.harness.ask(partition, "close", {}).value, closed.value);

  const next = stage.restart({ cleanStart: true, recoveryPoint: 1 });
  assert.deepEqual(Stage.batches(next.fetch(0)), [0]);
  assert.ok(!next.harness.logged.some(({ event }) => event === "log recovered"));
});

test("a close under the page-cache policies syncs as well", () => {
  const stage = new Stage({ config: { "gofka.flush.policy": "os" } });
  stage.produced(["a"]);
  const { clean, recoveryPoint } = stage.harness.ask(partition, "close", {}).value;
  assert.deepEqual([clean, recoveryPoint], [true, 1]);
});

test("a close that cannot sync is not clean", () => {
  const stage = new Stage({ config: { "gofka.flush.policy": "os" } });
  stage.produced(["a"]);
  stage.harness.disk.failNext("datasync", "EIO");
  const { clean, recoveryPoint } = stage.harness.ask(partition, "close", {}).value;
  assert.deepEqual([clean, recoveryPoint], [false, 0]);
});

test("a removed partition refuses everything at once, and its directory is gone when it says so", () => {
  const stage = new Stage();
  stage.produced(["a"]);
  stage.harness.disk.hold("datasync");
  const waiting = stage.produce(batchOf(["b"]));
  stage.harness.disk.hold("rename");
  const removed = stage.harness.ask(partition, "remove", {});
  const gone = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  assert.equal(waiting.value.errorCode, gone);
  assert.equal(stage.produce(batchOf(["c"])).value.errorCode, gone);
  assert.equal(stage.fetch(0).errorCode, gone);
  assert.equal(removed.answered, false);
  stage.harness.disk.open();
  assert.deepEqual(removed.value, success(null));
  assert.deepEqual(new DiskByHand(stage.disk).list("/data"), []);
});

test("a removal while a batch is being written removes that, too", () => {
  const stage = new Stage();
  stage.harness.disk.hold("write");
  const writing = stage.produce(batchOf(["a"]));
  const removed = stage.harness.ask(partition, "remove", {});
  stage.harness.disk.open();
  assert.equal(writing.value.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  assert.deepEqual(removed.value, success(null));
});

test("a partition whose log did not open can be removed", () => {
  const stage = new Stage({ prepare: ({ disk }) => disk.failNext("create", "EIO") });
  assert.deepEqual(stage.harness.ask(partition, "remove", {}).value, success(null));
  assert.deepEqual(new DiskByHand(stage.disk).list("/data"), []);
});
