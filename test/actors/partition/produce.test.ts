import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { CodecName } from "../../../src/protocol/record-batch.ts";
import {
  buildBatch,
  codecNameOf,
  isCrcRight,
  isLogAppendTime,
  leaderEpochOf,
  maxTimestampOf,
  stampCrc,
  writeInt32,
  writeInt64,
} from "../../../src/protocol/record-batch.ts";
import { batchOf, NOW_MS, record, Stage } from "./stage.ts";

const noise = (length: number): string => {
  let state = 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(97 + ((state >>> 16) % 26));
  }).join("");
};

test("offsets are dense in the order of arrival, and the leader epoch is stamped", () => {
  const stage = new Stage();
  assert.equal(stage.produced(["a", "b", "c"]), 0);
  assert.equal(stage.produced(["d"]), 3);
  const { records, highWatermark } = stage.fetch(0);
  assert.equal(highWatermark, 4);
  assert.deepEqual(Stage.batches(stage.fetch(0)), [0, 3]);
  assert.equal(leaderEpochOf(records), 3);
  assert.ok(isCrcRight(records));
});

test("the reply tells where the batch and the log begin, and that the client's times stand", () => {
  assert.deepEqual(new Stage().produce(batchOf(["a"])).value, {
    errorCode: ErrorCode.NONE,
    baseOffset: 0,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordErrors: [],
    errorMessage: null,
  });
});

test("acks are -1, 0 or 1", () => {
  const stage = new Stage();
  for (const acks of [-1, 0, 1]) {
    assert.equal(stage.produce(batchOf(["a"]), { acks }).value.errorCode, ErrorCode.NONE);
  }
  for (const acks of [2, -2, 100]) {
    const { errorCode, baseOffset } = stage.produce(batchOf(["a"]), { acks }).value;
    assert.equal(errorCode, ErrorCode.INVALID_REQUIRED_ACKS);
    assert.equal(baseOffset, -1);
  }
  assert.equal(stage.fetch(0).highWatermark, 3);
});

type Refused = {
  readonly why: string;
  readonly batch: () => Uint8Array;
  readonly error: ErrorCode;
  readonly config?: Readonly<Record<string, string>>;
  readonly version?: number;
  readonly recordErrors?: number[];
};

const spoiled =
  (spoil: (batch: Uint8Array) => void, restamp = true) =>
  (): Uint8Array => {
    const batch = batchOf(["a", "b"]);
    spoil(batch);
    if (restamp) stampCrc(batch);
    return batch;
  };

const refusedBatches: readonly Refused[] = [
  { why: "no bytes", batch: () => new Uint8Array(0), error: ErrorCode.INVALID_RECORD },
  {
    why: "a wrong checksum",
    batch: spoiled((batch) => void (batch[70]! ^= 1), false),
    error: ErrorCode.CORRUPT_MESSAGE,
  },
  {
    why: "magic 1",
    batch: spoiled((batch) => void (batch[16] = 1)),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    why: "two batches",
    batch: () => Uint8Array.from([...batchOf(["a"]), ...batchOf(["b"])]),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    why: "a base offset",
    batch: spoiled((batch) => writeInt64(batch, 0, 7)),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    why: "a count that lies",
    batch: spoiled((batch) => writeInt32(batch, 57, 3)),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    why: "a control batch",
    batch: () => batchOf(["a"], { control: true }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    why: "a producer id without a sequence",
    batch: () => batchOf(["a"], { producerId: 7, producerEpoch: 0 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    why: "max.message.bytes",
    batch: () => batchOf(["x".repeat(2_000)]),
    config: { "max.message.bytes": "1000" },
    error: ErrorCode.MESSAGE_TOO_LARGE,
  },
  {
    why: "segment.bytes",
    batch: () => batchOf(["x".repeat(2_000)]),
    config: { "internal.segment.bytes": "1000" },
    error: ErrorCode.RECORD_LIST_TOO_LARGE,
  },
  {
    why: "zstd before Produce 7",
    batch: () => batchOf(["a"], { compression: "zstd" }),
    version: 6,
    error: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  },
  {
    why: "a record without a key in a compacted topic",
    batch: () => buildBatch([record("a"), record("b", { key: null })]),
    config: { "cleanup.policy": "compact" },
    error: ErrorCode.INVALID_RECORD,
    recordErrors: [1],
  },
  {
    why: "a timestamp from the future",
    batch: () => buildBatch([record("a", { timestampMs: NOW_MS + 2 * 3_600_000 })]),
    error: ErrorCode.INVALID_TIMESTAMP,
    recordErrors: [0],
  },
  {
    why: "a timestamp too long ago",
    batch: () => buildBatch([record("a"), record("b", { timestampMs: NOW_MS - 5_000 })]),
    config: { "message.timestamp.before.max.ms": "1000" },
    error: ErrorCode.INVALID_TIMESTAMP,
    recordErrors: [1],
  },
  {
    why: "LogAppendTime set by the client",
    batch: () => batchOf(["a"], { logAppendTimeMs: NOW_MS }),
    config: { "message.timestamp.type": "LogAppendTime" },
    error: ErrorCode.INVALID_TIMESTAMP,
    recordErrors: [0],
  },
  {
    why: "a transaction that nobody has begun",
    batch: () =>
      batchOf(["a"], { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }),
    error: ErrorCode.INVALID_TXN_STATE,
  },
];

for (const { why, batch, error, config = {}, version = 13, recordErrors = [] } of refusedBatches) {
  test(`refused, and nothing is appended: ${why}`, () => {
    const stage = new Stage({ config });
    const reply = stage.produce(batch(), { version }).value;
    assert.equal(reply.errorCode, error);
    assert.equal(reply.baseOffset, -1);
    assert.deepEqual(
      reply.recordErrors.map(({ batchIndex }) => batchIndex),
      recordErrors,
    );
    assert.equal(stage.fetch(0).highWatermark, 0);
    assert.equal(stage.listOffset(-1).offset, 0);
  });
}

test("LogAppendTime: our clock in the header, the checksum made anew, the reply says so", () => {
  const stage = new Stage({ config: { "message.timestamp.type": "LogAppendTime" } });
  stage.harness.advance(5_000);
  const { logAppendTimeMs } = stage.produce(batchOf(["a", "b"])).value;
  assert.equal(logAppendTimeMs, NOW_MS + 5_000);
  const { records } = stage.fetch(0);
  assert.ok(isLogAppendTime(records));
  assert.equal(maxTimestampOf(records), NOW_MS + 5_000);
  assert.ok(isCrcRight(records));
});

test("a largest timestamp that the client got wrong is put right", () => {
  const stage = new Stage();
  const batch = buildBatch([record("a"), record("b", { timestampMs: NOW_MS + 7 })]);
  writeInt64(batch, 35, -1);
  stampCrc(batch);
  assert.equal(stage.produce(batch).value.errorCode, ErrorCode.NONE);
  const { records } = stage.fetch(0);
  assert.equal(maxTimestampOf(records), NOW_MS + 7);
  assert.ok(isCrcRight(records));
});

const codecs: readonly [setting: string, sent: CodecName, stored: CodecName][] = [
  ["producer", "gzip", "gzip"],
  ["producer", "zstd", "zstd"],
  ["producer", "none", "none"],
  ["uncompressed", "lz4", "none"],
  ["gzip", "none", "gzip"],
  ["snappy", "zstd", "snappy"],
  ["lz4", "lz4", "lz4"],
  ["zstd", "gzip", "zstd"],
];
for (const [setting, sent, stored] of codecs) {
  test(`compression.type ${setting} stores a ${sent} batch as ${stored}`, () => {
    const stage = new Stage({ config: { "compression.type": setting } });
    stage.produced(["a".repeat(500), "b"], { compression: sent });
    stage.produced(["c"], { compression: sent });
    const { records } = stage.fetch(0);
    assert.equal(codecNameOf(records), stored);
    assert.ok(isCrcRight(records));
    assert.deepEqual(Stage.batches(stage.fetch(0)), [0, 2]);
  });
}

test("large compressed batches are inflated elsewhere, and the order of arrival is kept", () => {
  const stage = new Stage();
  const large = stage.produce(batchOf([noise(200_000)], { compression: "gzip" }));
  const small = stage.produce(batchOf(["small"]));
  assert.equal(stage.jobs.waiting.length, 1);
  assert.equal(large.answered || small.answered, false);
  stage.jobs.release();
  assert.equal(large.value.baseOffset, 0);
  assert.equal(small.value.baseOffset, 1);
});

test("large lz4 batches are inflated on the spot, larger ones elsewhere", () => {
  const stage = new Stage();
  const large = stage.produce(batchOf([noise(200_000)], { compression: "lz4" }));
  assert.equal(large.value.errorCode, ErrorCode.NONE);
  assert.equal(stage.jobs.waiting.length, 0);
  const larger = stage.produce(batchOf([noise(600_000)], { compression: "lz4" }));
  assert.equal(stage.jobs.waiting.length, 1);
  stage.jobs.release();
  assert.equal(larger.value.errorCode, ErrorCode.NONE);
});

test("a small batch that inflates to a lot is inflated elsewhere, too", () => {
  const stage = new Stage();
  const produced = stage.produce(batchOf(["x".repeat(4_000_000)], { compression: "gzip" }));
  assert.equal(stage.jobs.waiting.length, 1);
  stage.jobs.release();
  assert.equal(produced.value.errorCode, ErrorCode.NONE);
});

test("what inflates beyond all bounds is refused", () => {
  const stage = new Stage();
  const bomb = batchOf(["x".repeat(80_000_000)], { compression: "zstd" });
  const produced = stage.produce(bomb);
  stage.jobs.release();
  assert.equal(produced.value.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
});

test("large batches are recompressed elsewhere", () => {
  const stage = new Stage({ config: { "compression.type": "gzip" } });
  const produced = stage.produce(batchOf([noise(200_000)]));
  stage.jobs.release();
  assert.equal(produced.value.errorCode, ErrorCode.NONE);
  assert.equal(codecNameOf(stage.fetch(0).records), "gzip");
});
