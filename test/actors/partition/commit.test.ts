import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { DiskRequest } from "../../../src/runtime/ports.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { batchOf, LOG_FILE, partition, Stage } from "./stage.ts";

const STORAGE_ERROR = ErrorCode.KAFKA_STORAGE_ERROR;
const policy = (name: string) => ({ config: { "gofka.flush.policy": name } });

function syncs(stage: Stage): string[] {
  return stage.harness.disk.requests
    .filter((request) => request.startsWith("datasync "))
    .map((request) => request.slice(request.lastIndexOf("/") + 1));
}

test("group: nothing counts before the sync that began after it has ended", () => {
  const stage = new Stage(policy("group"));
  stage.harness.disk.hold("datasync");
  const first = stage.produce(batchOf(["a"]));
  const second = stage.produce(batchOf(["b"]));
  const third = stage.produce(batchOf(["c"]));
  assert.equal(first.answered, false);
  assert.equal(stage.fetch(0).highWatermark, 0);
  assert.equal(stage.fetch(0).records.length, 0);
  stage.harness.release(1);
  assert.equal(first.answered, true);
  assert.equal(second.answered, false);
  assert.equal(stage.fetch(0).highWatermark, 1);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0]);
  stage.harness.release(1);
  assert.equal(second.value.baseOffset, 1);
  assert.equal(third.value.baseOffset, 2);
  assert.equal(syncs(stage).length, 2);
});

test("group is what a topic with one replica has, and acks=1 waits as well", () => {
  const stage = new Stage();
  stage.harness.disk.hold("datasync");
  const produced = stage.produce(batchOf(["a"]), { acks: 1 });
  assert.equal(produced.answered, false);
  stage.harness.disk.open();
  assert.equal(produced.value.errorCode, ErrorCode.NONE);
});

test("each: a sync per batch, and the next batch is written after it", () => {
  const stage = new Stage(policy("each"));
  stage.harness.disk.hold("datasync");
  const first = stage.produce(batchOf(["a"]));
  const second = stage.produce(batchOf(["b"]));
  const writes = () => stage.harness.disk.requests.filter((r) => r === `write ${LOG_FILE}`).length;
  assert.equal(writes(), 1);
  stage.harness.release(1);
  assert.equal(first.answered, true);
  assert.equal(second.answered, false);
  assert.equal(writes(), 2);
  stage.harness.release(1);
  assert.equal(second.answered, true);
  assert.equal(syncs(stage).length, 2);
});

test("os: counts when written, and nobody syncs", () => {
  const stage = new Stage(policy("os"));
  stage.produced(["a"]);
  assert.equal(stage.fetch(0).highWatermark, 1);
  stage.harness.advance(30_000);
  assert.deepEqual(syncs(stage), []);
});

test("os: a full file is synced, behind the producers' backs", () => {
  const stage = new Stage({
    config: { "gofka.flush.policy": "os", "internal.segment.bytes": "1000" },
  });
  stage.harness.disk.hold("datasync");
  stage.produced(["x".repeat(800)]);
  stage.produced(["y".repeat(800)]);
  assert.deepEqual(syncs(stage), ["00000000000000000000.log"]);
});

test("interval: counts when written, synced that often and only when there is something", () => {
  const stage = new Stage(policy("interval:100"));
  stage.produced(["a"]);
  stage.produced(["b"]);
  assert.deepEqual(syncs(stage), []);
  stage.harness.advance(100);
  assert.equal(syncs(stage).length, 1);
  stage.harness.advance(1_000);
  assert.equal(syncs(stage).length, 1);
  stage.produced(["c"]);
  stage.harness.advance(100);
  assert.equal(syncs(stage).length, 2);
});

test("flush.messages syncs after so many records, flush.messages=1 before every answer", () => {
  const some = new Stage({ config: { "flush.messages": "3" } });
  some.produced(["a", "b"]);
  assert.equal(syncs(some).length, 0);
  some.produced(["c"]);
  assert.equal(syncs(some).length, 1);

  const every = new Stage({ config: { "flush.messages": "1" } });
  every.harness.disk.hold("datasync");
  assert.equal(every.produce(batchOf(["a"])).answered, false);
});

test("a batch in a new file counts when the old file has been synced, too", () => {
  const stage = new Stage({ config: { "internal.segment.bytes": "1000" } });
  const isOld = ({ operation, args }: DiskRequest): boolean =>
    operation === "datasync" && "path" in args && args.path === LOG_FILE;
  stage.harness.disk.hold(isOld);
  const first = stage.produce(batchOf(["x".repeat(800)]));
  const second = stage.produce(batchOf(["y".repeat(800)]));
  assert.equal(first.answered || second.answered, false);
  stage.harness.disk.open();
  assert.equal(first.answered && second.answered, true);
  assert.equal(stage.fetch(0).highWatermark, 2);
});

test("a failed sync: no ack, no retry, no more writes; what was synced before is still read", () => {
  const stage = new Stage();
  stage.produced(["safe"]);
  stage.harness.disk.failNext("datasync", "EIO");
  assert.equal(stage.produce(batchOf(["lost"])).value.errorCode, STORAGE_ERROR);
  const syncsThen = syncs(stage).length;
  for (const acks of [-1, 1, 0]) {
    assert.equal(stage.produce(batchOf(["more"]), { acks }).value.errorCode, STORAGE_ERROR);
  }
  stage.harness.advance(600_000);
  assert.equal(syncs(stage).length, syncsThen);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0]);
  assert.equal(stage.fetch(1).errorCode, STORAGE_ERROR);
  assert.equal(stage.fetch(1).highWatermark, -1);
  // Where the log ends, nobody knows until it has been opened again.
  assert.equal(stage.listOffset(-1).errorCode, STORAGE_ERROR);
  assert.equal(stage.listOffset(-3).errorCode, STORAGE_ERROR);
  assert.equal(stage.listOffset(8e15).errorCode, STORAGE_ERROR);
  assert.equal(stage.listOffset(0).offset, 0);
  assert.equal(stage.listOffset(-2).offset, 0);
  const deleted = stage.harness.ask(partition, "deleteRecords", { offset: 1 });
  assert.equal(deleted.value.errorCode, STORAGE_ERROR);
});

test("a failed sync refuses all who wait, also those whose sync had not begun", () => {
  const stage = new Stage();
  stage.harness.disk.hold("datasync");
  const asked = ["a", "b", "c"].map((value) => stage.produce(batchOf([value])));
  stage.harness.disk.failNext("datasync", "EIO");
  stage.harness.disk.open();
  assert.deepEqual(
    asked.map(({ value }) => value.errorCode),
    [STORAGE_ERROR, STORAGE_ERROR, STORAGE_ERROR],
  );
});

test("a sync that fails while the next batch is being written refuses that one, too", () => {
  const stage = new Stage();
  stage.harness.disk.hold("datasync");
  const first = stage.produce(batchOf(["a"]));
  stage.harness.disk.hold("write");
  const second = stage.produce(batchOf(["b"]));
  stage.harness.disk.failNext("datasync", "EIO");
  stage.harness.disk.open();
  assert.equal(first.value.errorCode, STORAGE_ERROR);
  assert.equal(second.value.errorCode, STORAGE_ERROR);
});

test("os: after a failed background sync nothing beyond it is served", () => {
  const stage = new Stage({ config: { "gofka.flush.policy": "interval:100" } });
  stage.produced(["a"]);
  stage.harness.advance(100);
  stage.produced(["b"]);
  stage.harness.disk.failNext("datasync", "EIO");
  stage.harness.advance(100);
  assert.equal(stage.produce(batchOf(["c"])).value.errorCode, STORAGE_ERROR);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0]);
  assert.equal(stage.fetch(1).errorCode, STORAGE_ERROR);
});

test("a failed write ends all writing", () => {
  const stage = new Stage();
  stage.produced(["safe"]);
  stage.harness.disk.failNext("write", "EIO");
  assert.equal(stage.produce(batchOf(["lost"])).value.errorCode, STORAGE_ERROR);
  assert.equal(stage.produce(batchOf(["more"])).value.errorCode, STORAGE_ERROR);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0]);
});

test("a full disk: the batch is gone, what is there is read, and later writes work again", () => {
  const stage = new Stage({ disk: memoryDisk(5_000) });
  stage.produced(["a".repeat(1_000)]);
  const options = { producerId: 1, producerEpoch: 0 };
  const large = batchOf(["b".repeat(6_000)], { ...options, baseSequence: 0 });
  assert.equal(stage.produce(large).value.errorCode, STORAGE_ERROR);
  assert.equal(stage.fetch(0).highWatermark, 1);
  assert.equal(stage.listOffset(-1).offset, 1);
  // The refused batch left no trace in its producer's order either.
  assert.equal(stage.produced(["c"], { ...options, baseSequence: 0 }), 1);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0, 1]);
  assert.deepEqual(Stage.batches(stage.restart().fetch(0)), [0, 1]);
  const told = stage.harness.logged.filter(({ level }) => level === "error");
  assert.equal(told.length, 1);
});

test("another policy takes effect at once, and what waited is not forgotten", () => {
  const stage = new Stage(policy("group"));
  stage.harness.disk.hold("datasync");
  const waiting = stage.produce(batchOf(["a"]));
  stage.configure({ "gofka.flush.policy": "os" });
  assert.equal(waiting.value.errorCode, ErrorCode.NONE);
  assert.equal(stage.fetch(0).highWatermark, 1);
  stage.produced(["b"]);

  stage.configure({ "gofka.flush.policy": "group" });
  assert.equal(stage.fetch(0).highWatermark, 2);
  const next = stage.produce(batchOf(["c"]));
  assert.equal(next.answered, false);
  stage.harness.disk.open();
  assert.equal(next.value.baseOffset, 2);
});

test("the recovery point follows what is surely on disk", () => {
  const stage = new Stage();
  const checkpoint = () => stage.harness.ask(partition, "checkpoint", {}).value;
  stage.produced(["a", "b"]);
  assert.deepEqual(checkpoint(), {
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 2,
    firstDirtyOffset: 0,
  });
  stage.harness.advance(60_000);
  assert.deepEqual(checkpoint(), {
    recoveryPoint: 2,
    logStartOffset: 0,
    highWatermark: 2,
    firstDirtyOffset: 0,
  });
  // Nothing to do, nothing done.
  const before = stage.harness.disk.requests.length;
  stage.harness.advance(120_000);
  assert.equal(stage.harness.disk.requests.length, before);
});

test("the recovery point, and the file that tells of it, follow a segment that is full", () => {
  const stage = new Stage({ config: { "internal.segment.bytes": "100" } });
  stage.produced(["a", "b"]);
  assert.deepEqual(stage.harness.unanswered("writeCheckpoints"), []);
  stage.produced(["c", "d"]);
  assert.equal(stage.harness.unanswered("writeCheckpoints").length, 1);
  assert.equal(stage.harness.ask(partition, "checkpoint", {}).value.recoveryPoint, 4);
});
