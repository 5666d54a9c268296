import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { buildBatch } from "../../../src/protocol/record-batch.ts";
import { batchOf, NOW_MS, partition, record, Stage } from "./stage.ts";

const NONE = { errorCode: ErrorCode.NONE };
const nothing = { ...NONE, timestamp: -1, offset: -1, leaderEpoch: -1 };

/** Records at NOW+0, +10, +5 | +20 | +15. */
function filled(): Stage {
  const stage = new Stage();
  const at = (...deltas: number[]): void => {
    const records = deltas.map((delta) => record("r", { timestampMs: NOW_MS + delta }));
    stage.produce(buildBatch(records));
  };
  at(0, 10, 5);
  at(20);
  at(15);
  return stage;
}

test("latest and earliest are places: they have no timestamp", () => {
  const stage = filled();
  assert.deepEqual(stage.listOffset(-1), { ...NONE, timestamp: -1, offset: 5, leaderEpoch: 3 });
  assert.deepEqual(stage.listOffset(-2), { ...NONE, timestamp: -1, offset: 0, leaderEpoch: 3 });
  assert.deepEqual(stage.listOffset(-4), { ...NONE, timestamp: -1, offset: 0, leaderEpoch: 3 });
});

test("latest is what can be read, not what is written", () => {
  const stage = filled();
  stage.harness.disk.hold("datasync");
  stage.produce(batchOf(["x"]));
  assert.equal(stage.listOffset(-1).offset, 5);
  assert.deepEqual(stage.listOffset(NOW_MS + 16).offset, 3);
  stage.harness.disk.open();
  assert.equal(stage.listOffset(-1).offset, 6);
});

test("a time finds the first record that is not older, inside its batch", () => {
  const stage = filled();
  const found = (delta: number, offset: number, timestamp: number) =>
    assert.deepEqual(stage.listOffset(NOW_MS + delta), {
      ...NONE,
      timestamp: NOW_MS + timestamp,
      offset,
      leaderEpoch: 3,
    });
  found(-1_000, 0, 0);
  found(0, 0, 0);
  found(1, 1, 10);
  found(10, 1, 10);
  found(11, 3, 20);
  found(20, 3, 20);
  assert.deepEqual(stage.listOffset(NOW_MS + 21), nothing);
});

test("a record that is not visible yet is not found", () => {
  const stage = filled();
  stage.harness.disk.hold("datasync");
  stage.produce(buildBatch([record("late", { timestampMs: NOW_MS + 100 })]));
  assert.deepEqual(stage.listOffset(NOW_MS + 50), nothing);
  // As Kafka: the largest timestamp of all is not that of a visible record.
  assert.deepEqual(stage.listOffset(-3), nothing);
  stage.harness.disk.open();
  assert.equal(stage.listOffset(NOW_MS + 50).offset, 5);
  assert.equal(stage.listOffset(-3).offset, 5);
});

test("the largest timestamp is that of a record, and the first one that has it", () => {
  const stage = filled();
  stage.produce(buildBatch([record("again", { timestampMs: NOW_MS + 20 })]));
  assert.deepEqual(stage.listOffset(-3), {
    ...NONE,
    timestamp: NOW_MS + 20,
    offset: 3,
    leaderEpoch: 3,
  });
});

test("LogAppendTime batches are searched by the time we gave them", () => {
  const stage = new Stage({ config: { "message.timestamp.type": "LogAppendTime" } });
  stage.produced(["a"]);
  stage.harness.advance(1_000);
  stage.produced(["b", "c"]);
  assert.equal(stage.listOffset(NOW_MS + 1).offset, 1);
  assert.equal(stage.listOffset(NOW_MS + 1).timestamp, NOW_MS + 1_000);
  assert.deepEqual(stage.listOffset(NOW_MS + 1_001), nothing);
});

test("an empty log has ends, and nothing between them", () => {
  const stage = new Stage();
  assert.deepEqual(stage.listOffset(-1), { ...NONE, timestamp: -1, offset: 0, leaderEpoch: 3 });
  assert.deepEqual(stage.listOffset(-2), { ...NONE, timestamp: -1, offset: 0, leaderEpoch: 3 });
  assert.deepEqual(stage.listOffset(-3), nothing);
  assert.deepEqual(stage.listOffset(0), nothing);
});

test("nothing is tiered", () => {
  const stage = filled();
  for (const timestamp of [-5, -6]) {
    assert.deepEqual(stage.listOffset(timestamp), nothing);
  }
});

test("each special timestamp since its version, and no others", () => {
  const stage = filled();
  const since: readonly (readonly [timestamp: number, version: number])[] = [
    [-1, 1],
    [-2, 1],
    [-3, 7],
    [-4, 8],
    [-5, 9],
    [-6, 11],
  ];
  for (const [timestamp, version] of since) {
    assert.equal(stage.listOffset(timestamp, { version }).errorCode, ErrorCode.NONE);
    assert.deepEqual(stage.listOffset(timestamp, { version: version - 1 }), {
      ...nothing,
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
    });
  }
  assert.equal(stage.listOffset(-7).errorCode, ErrorCode.UNSUPPORTED_VERSION);
});

test("ListOffsets and OffsetForLeaderEpoch check the epoch that the client names", () => {
  const stage = filled();
  const epochs: readonly (readonly [number, ErrorCode])[] = [
    [3, ErrorCode.NONE],
    [2, ErrorCode.FENCED_LEADER_EPOCH],
    [-2, ErrorCode.FENCED_LEADER_EPOCH],
    [-1, ErrorCode.NONE],
    [4, ErrorCode.UNKNOWN_LEADER_EPOCH],
  ];
  for (const [currentLeaderEpoch, error] of epochs) {
    assert.equal(stage.listOffset(-1, { currentLeaderEpoch }).errorCode, error);
    const args = { leaderEpoch: 3, currentLeaderEpoch };
    const asked = stage.harness.ask(partition, "offsetForLeaderEpoch", args);
    assert.equal(asked.value.errorCode, error);
  }
});

test("where an epoch ended", () => {
  const stage = new Stage({ settings: { leaderEpoch: 2 } });
  stage.produced(["a", "b"]);
  stage.configure({}, 5);
  stage.produced(["c"]);
  stage.configure({}, 6);
  const endOf = (leaderEpoch: number): number[] => {
    const args = { leaderEpoch, currentLeaderEpoch: -1 };
    const reply = stage.harness.ask(partition, "offsetForLeaderEpoch", args).value;
    return [reply.leaderEpoch, reply.endOffset];
  };
  assert.deepEqual(endOf(1), [1, 0], "before all we know: where the first one starts");
  assert.deepEqual(endOf(2), [2, 2]);
  assert.deepEqual(endOf(4), [2, 2], "never was: the one before it");
  assert.deepEqual(endOf(5), [5, 3]);
  assert.deepEqual(endOf(6), [6, 3], "the current one ends where the log does");
  assert.deepEqual(endOf(7), [-1, -1]);
  assert.deepEqual(endOf(-1), [-1, -1]);
});
