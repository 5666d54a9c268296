import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { PartitionSettings } from "../../../src/actors/partition/messages.ts";
import { failure, success } from "../../../src/base/outcome.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";
import { batchOf, DIRECTORY, LOG_FILE, partition, Stage, TOPIC_ID } from "./stage.ts";

test("whoever comes before the log is open is answered after, in order", () => {
  const stage = new Stage({ prepare: ({ disk }) => disk.hold("create") });
  const opened = stage.harness.ask(partition, "opened", {});
  const first = stage.produce(batchOf(["a"]));
  const fetched = stage.askFetch(0);
  const second = stage.produce(batchOf(["b"]));
  const described = stage.harness.ask(partition, "describeLog", {});
  for (const asked of [opened, first, fetched, second, described]) {
    assert.equal(asked.answered, false);
  }
  stage.harness.disk.open();
  assert.deepEqual(opened.value, success({ logEndOffset: 0 }));
  assert.deepEqual([first.value.baseOffset, second.value.baseOffset], [0, 1]);
  assert.equal(fetched.value.errorCode, ErrorCode.NONE);
  assert.equal(described.value.errorCode, ErrorCode.NONE);
});

test("too many that wait for the log are sent away to try again", () => {
  const stage = new Stage({ prepare: ({ disk }) => disk.hold("create") });
  for (let i = 0; i < 10_000; i++) stage.harness.ask(partition, "describeLog", {});
  assert.equal(stage.fetch(0).errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  const refused = stage.produce(batchOf(["a"])).value;
  assert.equal(refused.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
});

test("a log that does not open answers every request with a storage error", () => {
  const stage = new Stage({ prepare: ({ disk }) => disk.failNext("create", "EIO") });
  const { harness } = stage;
  const opened = harness.ask(partition, "opened", {}).value;
  assert.equal(opened.ok, false);
  const epochs = { leaderEpoch: 0, currentLeaderEpoch: -1 };
  const errors = [
    stage.produce(batchOf(["a"])).value,
    stage.fetch(0),
    stage.listOffset(-1),
    harness.ask(partition, "offsetForLeaderEpoch", epochs).value,
    harness.ask(partition, "deleteRecords", { offset: -1 }).value,
    harness.ask(partition, "describeProducers", {}).value,
    harness.ask(partition, "describeLog", {}).value,
  ].map(({ errorCode }) => errorCode);
  assert.deepEqual(new Set(errors), new Set([ErrorCode.KAFKA_STORAGE_ERROR]));
  assert.equal(harness.ask(partition, "close", {}).value.clean, false);
});

test("the checkpoints keep what they said of a log that does not open", () => {
  const stage = new Stage({
    prepare: ({ disk }) => disk.failNext("create", "EIO"),
    settings: { recoveryPoint: 17, logStartOffset: 5 },
  });
  const { recoveryPoint, logStartOffset } = stage.harness.ask(partition, "checkpoint", {}).value;
  assert.deepEqual([recoveryPoint, logStartOffset], [17, 5]);
});

test("what was acknowledged is there after a crash, and is on disk before it is served", () => {
  const stage = new Stage();
  stage.produced(["a", "b"]);
  stage.produced(["c"]);
  const crashed = stage.restart();
  assert.ok(crashed.harness.disk.requests.includes(`datasync ${LOG_FILE}`));
  assert.deepEqual(Stage.batches(crashed.fetch(0)), [0, 2]);
  assert.equal(crashed.produced(["d"]), 3);
});

test("what is not known to be on disk is written again after a crash where acks mean the disk", () => {
  const writesIn = (settings: Partial<PartitionSettings>, config = {}): readonly string[] => {
    const stage = new Stage();
    stage.produced(["a", "b"]);
    const { requests } = stage.restart(settings, config).harness.disk;
    return requests.filter((each) => each.endsWith(LOG_FILE) && /^(write|datasync) /.test(each));
  };
  // A process that was killed while a sync failed has left no mark of it.
  assert.deepEqual(writesIn({}), [`write ${LOG_FILE}`, `datasync ${LOG_FILE}`]);
  assert.deepEqual(writesIn({ recoveryPoint: 2 }), []);
  assert.deepEqual(writesIn({ cleanStart: true, recoveryPoint: 2 }), []);
  assert.deepEqual(writesIn({}, { "gofka.flush.policy": "os" }), [`datasync ${LOG_FILE}`]);
});

test("an opening after a crash waits for one sync; the recovery point follows later", () => {
  const stage = new Stage();
  stage.produced(["a", "b"]);
  const { harness } = stage.restart();
  const syncs = harness.disk.requests.filter((each) => each.includes("sync"));
  assert.deepEqual(syncs, [`datasync ${LOG_FILE}`]);
  const recoveryPoint = () => harness.ask(partition, "checkpoint", {}).value.recoveryPoint;
  assert.equal(recoveryPoint(), 0);
  harness.advance(60_000);
  assert.equal(recoveryPoint(), 2);
  assert.ok(harness.disk.requests.some((each) => each.includes("leader-epoch-checkpoint")));
});

test("a torn tail is cut off, and said so", () => {
  const stage = new Stage();
  stage.produced(["a", "b"]);
  const files = new DiskByHand(stage.disk);
  const whole = files.read(LOG_FILE);
  files.write(LOG_FILE, Uint8Array.from([...whole, ...batchOf(["torn"]).subarray(0, 40)]));
  const crashed = stage.restart();
  assert.deepEqual(Stage.batches(crashed.fetch(0)), [0]);
  assert.equal(crashed.listOffset(-1).offset, 2);
  const told = crashed.harness.logged.find(({ event }) => event === "log recovered");
  assert.equal(told?.fields["tornBytes"], 40);
});

test("damage behind which there are whole batches is kept, told, and read around", () => {
  const stage = new Stage();
  for (const value of ["a", "b", "c"]) stage.produced([value]);
  const files = new DiskByHand(stage.disk);
  const bytes = files.read(LOG_FILE);
  bytes[70 + 65]! ^= 0xff;
  files.write(LOG_FILE, bytes);
  const crashed = stage.restart({ recoveryPoint: 3 });
  assert.deepEqual(Stage.batches(crashed.fetch(0)), [0]);
  assert.equal(crashed.fetch(1).errorCode, ErrorCode.CORRUPT_MESSAGE);
  assert.deepEqual(Stage.batches(crashed.fetch(2)), [2]);
  assert.equal(crashed.produced(["d"]), 3);
  assert.ok(crashed.harness.logged.some(({ event }) => event === "log is damaged"));
});

test("a namesake's directory is waited for, and never taken over", () => {
  const disk = memoryDisk();
  const files = new DiskByHand(disk);
  files.makeDirectory(DIRECTORY);
  files.writeText(LOG_FILE, "bytes of another topic");
  files.writeText(
    `${DIRECTORY}/partition.metadata`,
    "version: 0\ntopic_id: OOOOOOOOOOOOOOOOOOOOOA",
  );
  const stage = new Stage({ disk });
  const produced = stage.produce(batchOf(["a"]));
  const asked = stage.harness.unanswered("retireDirectory");
  assert.deepEqual(
    asked.map(({ args }) => args),
    [
      {
        logDirectory: "/data",
        directory: "orders-0",
        topicId: "OOOOOOOOOOOOOOOOOOOOOA",
        index: 0,
        asOf: 7,
      },
    ],
  );
  stage.harness.answer("retireDirectory", failure("refused", "still in use"));
  stage.harness.advance(100);
  assert.equal(produced.answered, false);
  assert.equal(files.readText(LOG_FILE), "bytes of another topic");

  files.do("rename", { from: DIRECTORY, to: "/data/orders-0.gone-delete" });
  stage.harness.answer("retireDirectory", success(null));
  assert.equal(produced.value.baseOffset, 0);
  assert.equal(files.readText("/data/orders-0.gone-delete/00000000000000000000.log")?.length, 22);
  assert.ok(files.readText(`${DIRECTORY}/partition.metadata`)?.includes(TOPIC_ID));
});

test("a partition whose namesake is of a newer topic does not wait for it to go", () => {
  const disk = memoryDisk();
  const files = new DiskByHand(disk);
  files.makeDirectory(DIRECTORY);
  files.writeText(
    `${DIRECTORY}/partition.metadata`,
    "version: 0\ntopic_id: OOOOOOOOOOOOOOOOOOOOOA",
  );
  const stage = new Stage({ disk });
  const opened = stage.harness.ask(partition, "opened", {});
  assert.deepEqual(
    stage.harness.unanswered("retireDirectory").map(({ args }) => args["asOf"]),
    [7],
  );
  stage.harness.answer("retireDirectory", failure("EEXIST", "in use"));
  assert.equal(opened.value.ok, false);
});

test("a namesake that does not go leaves the partition failed, and its own files alone", () => {
  const disk = memoryDisk();
  const files = new DiskByHand(disk);
  files.makeDirectory(DIRECTORY);
  files.writeText(
    `${DIRECTORY}/partition.metadata`,
    "version: 0\ntopic_id: OOOOOOOOOOOOOOOOOOOOOA",
  );
  const stage = new Stage({ disk });
  for (let i = 0; i < 300; i++) {
    if (stage.harness.unanswered("retireDirectory").length === 0) break;
    stage.harness.answer("retireDirectory", failure("refused", "still in use"));
    stage.harness.advance(100);
  }
  assert.equal(stage.fetch(0).errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
  assert.deepEqual(stage.harness.ask(partition, "remove", {}).value, success(null));
  assert.deepEqual(files.list(DIRECTORY), ["partition.metadata"]);
});
