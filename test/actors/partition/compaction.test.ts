import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Outcome } from "../../../src/base/outcome.ts";
import { success } from "../../../src/base/outcome.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { buildBatch, lastOffsetOf, recordsOf } from "../../../src/protocol/record-batch.ts";
import { batchSizeOf } from "../../../src/protocol/record-batch.ts";
import type { CompactionReport } from "../../../src/storage/log.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";
import { batchOf, DIRECTORY, LOG_FILE, NOW_MS, partition, record, Stage } from "./stage.ts";
import type { StageOptions } from "./stage.ts";

const HOUR_MS = 3_600_000;
const limits = {
  chunkBytes: 4_096,
  mapBytes: 100_000,
  mapLoadFactor: 0.9,
  bytesPerSecondMax: 1e12,
};
const utf8 = new TextEncoder();
const compacted = { "cleanup.policy": "compact", "internal.segment.bytes": "560" };

function stageOf(
  config: Readonly<Record<string, string>> = {},
  more: Omit<StageOptions, "config"> = {},
): Stage {
  return new Stage({ config: { ...compacted, ...config }, ...more });
}

/** One record of a key, large enough that two fill a segment; null is a tombstone. */
function put(stage: Stage, key: string, value: string | null): number {
  const bytes = value === null ? null : utf8.encode(value.padEnd(150, "."));
  const draft = record("", { key: utf8.encode(key), value: bytes });
  return stage.produce(buildBatch([draft], {})).value.baseOffset;
}

function askToCompact(stage: Stage, more: Partial<typeof limits> = {}) {
  return stage.harness.ask(partition, "compact", { ...limits, ...more });
}

/** Lets its jobs end until it is through; a deadline is for a test that hangs. */
function through(stage: Stage, asked: Asked<Outcome<CompactionReport>>): Outcome<CompactionReport> {
  for (let turns = 0; !asked.answered && turns < 1_000; turns++) {
    stage.jobs.release();
    stage.harness.advance(0);
  }
  return asked.value;
}

function compacts(stage: Stage): CompactionReport {
  const outcome = through(stage, askToCompact(stage));
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

function cleanable(stage: Stage): { isDue: boolean; dirtyRatio: number } {
  const { isDue, dirtyRatio } = stage.harness.ask(partition, "cleanable", {}).value;
  return { isDue, dirtyRatio };
}

/** `offset key=value` of all there is to read. */
function contents(stage: Stage): string[] {
  const found: string[] = [];
  for (let offset = stage.listOffset(-2).offset; ;) {
    const { records, errorCode } = stage.fetch(offset);
    assert.equal(errorCode, ErrorCode.NONE);
    if (records.length === 0) return found;
    for (let at = 0; at < records.length; at += batchSizeOf(records, at)) {
      for (const { offset: here, key, value } of recordsOf(records, at)) {
        const text = value === null ? null : Buffer.from(value).toString().replaceAll(".", "");
        if (here >= offset) found.push(`${here} ${Buffer.from(key!).toString()}=${text}`);
      }
      offset = lastOffsetOf(records, at) + 1;
    }
  }
}

function names(stage: Stage): string[] {
  return new DiskByHand(stage.disk).list(DIRECTORY).filter((name) => /\.log/.test(name));
}

const NOT_DUE = { isDue: false, dirtyRatio: 0 };

// ---------------------------------------------------------------- what it does

test("the last record of every key stays, at its offset; the files of the rest go after a delay", () => {
  const stage = stageOf({ "file.delete.delay.ms": "600000", "min.cleanable.dirty.ratio": "0" });
  assert.deepEqual(cleanable(stage), NOT_DUE);
  for (const value of ["1", "2", "3"]) for (const key of ["a", "b"]) put(stage, key, value);
  assert.deepEqual(cleanable(stage), { isDue: true, dirtyRatio: 1 });
  const report = compacts(stage);
  assert.equal(report.cleanedTo, 4);
  assert.deepEqual(contents(stage), ["2 a=2", "3 b=2", "4 a=3", "5 b=3"]);
  assert.deepEqual(cleanable(stage), NOT_DUE);
  assert.equal(stage.harness.ask(partition, "checkpoint", {}).value.firstDirtyOffset, 4);
  // The next pass puts together what the first has made small.
  for (const key of ["a", "b"]) put(stage, key, "4");
  compacts(stage);
  assert.deepEqual(contents(stage), ["4 a=3", "5 b=3", "6 a=4", "7 b=4"]);
  assert.ok(names(stage).some((name) => name.endsWith(".deleted")));
  stage.harness.advance(700_000);
  assert.deepEqual(
    names(stage).filter((name) => !name.endsWith(".log")),
    [],
  );
});

test("what has been compacted is known again after a restart, by its checkpoint", () => {
  const stage = stageOf();
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  compacts(stage);
  const { firstDirtyOffset } = stage.harness.ask(partition, "close", {}).value;
  assert.equal(firstDirtyOffset, 2);
  const hints = { cleanStart: true, recoveryPoint: 4 };
  assert.deepEqual(cleanable(stage.restart({ ...hints, firstDirtyOffset }, compacted)), NOT_DUE);
  // A pass that tells it nothing new still sets its mark.
  const without = stage.restart(hints, compacted);
  assert.equal(cleanable(without).isDue, true);
});

test("only what is visible and on disk is looked at", () => {
  const stage = stageOf({ "gofka.flush.policy": "os" });
  stage.harness.disk.hold("datasync");
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  assert.deepEqual(cleanable(stage), NOT_DUE);
  stage.harness.disk.open();
  assert.equal(cleanable(stage).isDue, true);
});

test("a log that nobody writes to any more is closed and synced by time, and compacted", () => {
  const stage = stageOf({
    "gofka.flush.policy": "os",
    "max.compaction.lag.ms": String(HOUR_MS),
    "min.cleanable.dirty.ratio": "1",
    "internal.segment.bytes": "100000",
  });
  for (const value of ["1", "2"]) put(stage, "a", value);
  stage.harness.advance(HOUR_MS / 2);
  assert.deepEqual(cleanable(stage), NOT_DUE);
  stage.harness.advance(HOUR_MS);
  compacts(stage);
  assert.deepEqual(contents(stage), ["1 a=2"]);
});

test("a topic that is not compacted is left alone, and settings that change are heeded", () => {
  const stage = stageOf({ "cleanup.policy": "delete" });
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  assert.deepEqual(cleanable(stage), NOT_DUE);
  const refused = through(stage, askToCompact(stage));
  assert.ok(!refused.ok && refused.fault === "refused");
  stage.configure({ ...compacted, "min.compaction.lag.ms": String(HOUR_MS) });
  assert.deepEqual(cleanable(stage), NOT_DUE);
  stage.configure(compacted);
  compacts(stage);
  assert.deepEqual(contents(stage), ["1 a=2", "2 a=3", "3 a=4"]);
});

test("a tombstone goes a delete.retention.ms after it has been seen", () => {
  const stage = stageOf({ "delete.retention.ms": String(HOUR_MS), "segment.ms": "1000" });
  put(stage, "a", "1");
  put(stage, "a", null);
  for (let round = 0; round < 4; round++) put(stage, "b", String(round));
  compacts(stage);
  assert.ok(contents(stage).includes("1 a=null"));
  stage.harness.advance(HOUR_MS / 2);
  for (let round = 0; round < 4; round++) put(stage, "b", String(round));
  compacts(stage);
  assert.ok(contents(stage).includes("1 a=null"));
  stage.harness.advance(HOUR_MS);
  for (let round = 0; round < 4; round++) put(stage, "b", String(round));
  compacts(stage);
  assert.ok(!contents(stage).includes("1 a=null"));
});

// ---------------------------------------------------------------- beside everything else

test("appends and fetches go on while it runs", () => {
  const stage = stageOf();
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  const asked = askToCompact(stage);
  assert.equal(asked.answered, false);
  assert.equal(put(stage, "a", "5"), 4);
  assert.equal(contents(stage).length, 5);
  assert.ok(through(stage, asked).ok);
  assert.deepEqual(contents(stage), ["1 a=2", "2 a=3", "3 a=4", "4 a=5"]);
});

test("requests have their turn between any two chunks", () => {
  const stage = stageOf();
  for (let round = 0; round < 20; round++) put(stage, "a", String(round));
  const asked = askToCompact(stage, { chunkBytes: 200 });
  let between = 0;
  const comeIn = (): void => {
    if (asked.answered) return;
    between += 1;
    stage.harness.clock.soon(comeIn);
  };
  comeIn();
  assert.ok(through(stage, asked).ok);
  // A chunk holds one record, and is looked at twice.
  assert.ok(between >= 2 * 18, `only ${between}`);
});

test("a bound on bytes per second holds for chunks that take no time by themselves", () => {
  const stage = stageOf();
  for (let round = 0; round < 20; round++) put(stage, "a", String(round));
  const asked = askToCompact(stage, { chunkBytes: 200, bytesPerSecondMax: 500_000 });
  // 18 records of some 230 bytes, twice.
  stage.harness.advance(10);
  assert.equal(asked.answered, false);
  stage.harness.advance(1_000);
  assert.ok(asked.value.ok);
});

test("compressed batches are inflated and made anew by jobs", () => {
  const stage = stageOf();
  const key = utf8.encode("a");
  const batch = (value: string): Uint8Array => {
    const drafts = [1, 2].map((at) => record("", { key, value: utf8.encode(`${value}${at}`) }));
    return buildBatch(drafts, { compression: "gzip" });
  };
  for (let round = 0; round < 12; round++) stage.produce(batch(String(round)));
  const asked = askToCompact(stage);
  stage.harness.advance(HOUR_MS);
  assert.equal(asked.answered, false);
  assert.ok(through(stage, asked).ok);
});

test("one pass at a time", () => {
  const stage = stageOf();
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  const asked = askToCompact(stage);
  const second = askToCompact(stage);
  assert.ok(!second.value.ok && second.value.fault === "refused");
  assert.deepEqual(cleanable(stage), NOT_DUE);
  assert.ok(through(stage, asked).ok);
});

test("retention waits for it", () => {
  const stage = stageOf({ "cleanup.policy": "compact,delete", "retention.ms": "1000" });
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  const asked = askToCompact(stage, { bytesPerSecondMax: 1 });
  stage.harness.advance(300_000);
  assert.equal(stage.listOffset(-2).offset, 0);
  stage.harness.advance(HOUR_MS);
  assert.ok(asked.value.ok);
  assert.equal(stage.listOffset(-2).offset, 4);
});

test("records that are deleted under its feet end a pass, and the next one is none the worse", () => {
  const stage = stageOf({ "cleanup.policy": "compact,delete" });
  for (let round = 0; round < 8; round++) put(stage, "a", String(round));
  const asked = askToCompact(stage, { bytesPerSecondMax: 1 });
  const deleted = stage.harness.ask(partition, "deleteRecords", { offset: 5 });
  // Besides the deletion a segment that is full asks for it.
  while (!deleted.answered) stage.harness.answer("writeCheckpoints", success(null));
  assert.equal(deleted.value.lowWatermark, 5);
  stage.harness.advance(HOUR_MS);
  const ended = asked.value;
  assert.ok(!ended.ok && ended.fault === "refused", JSON.stringify(ended));
  assert.ok(!stage.harness.logged.some(({ level }) => level === "error"));
  for (let round = 0; round < 4; round++) put(stage, "a", String(round));
  compacts(stage);
  assert.equal(contents(stage).length, 3);
});

for (const end of ["close", "remove"] as const) {
  test(`a ${end} waits for a pass to end, which is soon`, () => {
    const stage = stageOf();
    for (let round = 0; round < 8; round++) put(stage, "a", String(round));
    const asked = askToCompact(stage);
    const ended = stage.harness.ask(partition, end, {});
    assert.equal(ended.answered, false);
    stage.harness.advance(0);
    const outcome = asked.value;
    assert.ok(!outcome.ok && outcome.fault === "stopped");
    assert.equal(ended.answered, true);
    if (end === "close") assert.ok(!names(stage).some((name) => name.endsWith(".cleaned")));
    else assert.deepEqual(new DiskByHand(stage.disk).list("/data"), []);
  });
}

test("a slow pass ends soon as well", () => {
  const stage = stageOf();
  for (let round = 0; round < 8; round++) put(stage, "a", String(round));
  const asked = askToCompact(stage, { bytesPerSecondMax: 1 });
  const closed = stage.harness.ask(partition, "close", {});
  stage.harness.advance(200);
  assert.ok(asked.answered && closed.answered);
});

test("a pass ends when its topic is not to be compacted any more", () => {
  const stage = stageOf();
  for (let round = 0; round < 8; round++) put(stage, "a", String(round));
  const asked = askToCompact(stage);
  stage.configure({ ...compacted, "cleanup.policy": "delete" });
  const ended = through(stage, asked);
  assert.ok(!ended.ok && ended.fault === "stopped");
  assert.equal(contents(stage).length, 8);
});

// ---------------------------------------------------------------- when something is wrong

test("a log that is damaged counts as not cleanable, is told of once, and goes on being served", () => {
  const stage = stageOf();
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  const files = new DiskByHand(stage.disk);
  const bytes = files.read(LOG_FILE);
  bytes[100]! ^= 1;
  files.write(LOG_FILE, bytes);
  const ended = through(stage, askToCompact(stage));
  assert.ok(!ended.ok && ended.fault === "corrupt", JSON.stringify(ended));
  assert.deepEqual(cleanable(stage), NOT_DUE);
  assert.ok(!through(stage, askToCompact(stage)).ok);
  const told = stage.harness.logged.filter(({ event }) => event === "log cannot be compacted");
  assert.equal(told.length, 1);
  assert.equal(put(stage, "a", "5"), 4);
  assert.ok(stage.fetch(4).records.length > 0);
});

test("a full disk is waited for", () => {
  const stage = stageOf();
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  const asked = askToCompact(stage);
  stage.harness.disk.failNext("write", "ENOSPC");
  const ended = through(stage, asked);
  assert.ok(!ended.ok && ended.fault === "ENOSPC", JSON.stringify(ended));
  assert.ok(!names(stage).some((name) => name.endsWith(".cleaned")));
  compacts(stage);
  assert.deepEqual(contents(stage), ["1 a=2", "2 a=3", "3 a=4"]);
});

test("a swap that fails half-way ends all writing", () => {
  const stage = stageOf();
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  const asked = askToCompact(stage);
  stage.harness.disk.failNext("syncDirectory", "EIO");
  assert.ok(!through(stage, asked).ok);
  const refused = stage.produce(batchOf(["x"])).value;
  assert.equal(refused.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
  assert.ok(stage.fetch(3).records.length > 0);
});

test("time is the wall clock's", () => {
  const stage = stageOf({ "min.compaction.lag.ms": String(HOUR_MS) });
  for (const value of ["1", "2", "3", "4"]) put(stage, "a", value);
  assert.ok(NOW_MS > 0);
  assert.deepEqual(cleanable(stage), NOT_DUE);
  stage.harness.advance(HOUR_MS + 1);
  assert.equal(cleanable(stage).isDue, true);
});
