import { strict as assert } from "node:assert";
import { test } from "node:test";
import { partition as partitionAddress } from "./stage.ts";
import { batchOf, NOW_MS, Stage } from "./stage.ts";

const OUT_OF_ORDER = 45;
const STALE_EPOCH = 47;
const SEQUENCE_MAX = 0x7fff_ffff;

type Sent = readonly [producerId: number, epoch: number, sequence: number, count: number];
/** An offset, or the error as a negative number. */
type Step = readonly [sent: Sent, answer: number];

function send(stage: Stage, [producerId, producerEpoch, baseSequence, count]: Sent): number {
  const values = Array.from({ length: count }, (_, i) => `${baseSequence + i}`);
  const { errorCode, baseOffset } = stage.produce(
    batchOf(values, { producerId, producerEpoch, baseSequence }),
  ).value;
  return errorCode === 0 ? baseOffset : -errorCode;
}

const tables: readonly (readonly [why: string, steps: readonly Step[]])[] = [
  [
    "in order",
    [
      [[1, 0, 0, 2], 0],
      [[1, 0, 2, 1], 2],
      [[1, 0, 3, 1], 3],
    ],
  ],
  [
    "each of the last five batches sent again has its first offset",
    [
      [[1, 0, 0, 1], 0],
      [[1, 0, 1, 2], 1],
      [[1, 0, 3, 1], 3],
      [[1, 0, 4, 1], 4],
      [[1, 0, 5, 1], 5],
      [[1, 0, 0, 1], 0],
      [[1, 0, 1, 2], 1],
      [[1, 0, 5, 1], 5],
      [[1, 0, 6, 1], 6],
      [[1, 0, 0, 1], -OUT_OF_ORDER],
      [[1, 0, 1, 2], 1],
    ],
  ],
  [
    "a gap, a step back, another length",
    [
      [[1, 0, 0, 1], 0],
      [[1, 0, 2, 1], -OUT_OF_ORDER],
      [[1, 0, 1, 1], 1],
      [[1, 0, 0, 2], -OUT_OF_ORDER],
      [[1, 0, 2, 1], 2],
    ],
  ],
  [
    "a new epoch begins at 0, an old one is over",
    [
      [[1, 0, 0, 1], 0],
      [[1, 1, 1, 1], -OUT_OF_ORDER],
      [[1, 1, 0, 1], 1],
      [[1, 0, 1, 1], -STALE_EPOCH],
      [[1, 0, 0, 1], -STALE_EPOCH],
      [[1, 1, 1, 1], 2],
    ],
  ],
  [
    "a producer that we do not know may begin anywhere",
    [
      [[9, 4, 77, 1], 0],
      [[9, 4, 78, 1], 1],
      [[9, 4, 77, 1], 0],
    ],
  ],
  [
    "0 follows 2^31 - 1, also inside a batch",
    [
      [[1, 0, SEQUENCE_MAX - 1, 4], 0],
      [[1, 0, 2, 1], 4],
      [[1, 0, SEQUENCE_MAX - 1, 4], 0],
      [[2, 0, SEQUENCE_MAX, 1], 5],
      [[2, 0, 0, 1], 6],
    ],
  ],
  [
    "producers do not mind each other",
    [
      [[1, 0, 0, 1], 0],
      [[2, 0, 0, 1], 1],
      [[1, 0, 1, 1], 2],
      [[2, 0, 0, 1], 1],
    ],
  ],
];

for (const [why, steps] of tables) {
  test(`sequences: ${why}`, () => {
    const stage = new Stage();
    steps.forEach(([sent, answer], i) => {
      assert.equal(send(stage, sent), answer, `step ${i}: ${sent.join(" ")}`);
    });
  });
}

test("what a producer sent is known after a restart, and after a crash", () => {
  const stage = new Stage();
  for (let i = 0; i < 6; i++) send(stage, [1, 0, i, 1]);
  const crashed = stage.restart();
  assert.equal(send(crashed, [1, 0, 5, 1]), 5);
  assert.equal(send(crashed, [1, 0, 7, 1]), -OUT_OF_ORDER);
  assert.equal(send(crashed, [1, 0, 6, 1]), 6);
  crashed.harness.ask(partitionAddress, "close", {});
  const closed = crashed.restart({ cleanStart: true, recoveryPoint: 7 });
  assert.equal(send(closed, [1, 0, 6, 1]), 6);
  assert.equal(send(closed, [1, 0, 7, 1]), 7);
});

test("a duplicate of a batch that waits for its sync waits with it", () => {
  const stage = new Stage();
  stage.harness.disk.hold("datasync");
  const options = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
  const first = stage.produce(batchOf(["a"], options));
  const again = stage.produce(batchOf(["a"], options));
  assert.equal(first.answered || again.answered, false);
  stage.harness.disk.open();
  assert.equal(first.value.baseOffset, 0);
  assert.equal(again.value.baseOffset, 0);
  assert.equal(stage.fetch(0).highWatermark, 1);
});

test("five in flight at once are checked in the order of arrival", () => {
  const stage = new Stage();
  stage.harness.disk.hold("write");
  const asked = [0, 1, 2, 4, 3].map((baseSequence) =>
    stage.produce(batchOf(["x"], { producerId: 1, producerEpoch: 0, baseSequence })),
  );
  stage.harness.disk.open();
  assert.deepEqual(
    asked.map(({ value }) => (value.errorCode === 0 ? value.baseOffset : -value.errorCode)),
    [0, 1, 2, -OUT_OF_ORDER, 3],
  );
});

test("a duplicate in a LogAppendTime topic is told the first time", () => {
  const stage = new Stage({ config: { "message.timestamp.type": "LogAppendTime" } });
  const options = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
  stage.produce(batchOf(["a"], options));
  stage.harness.advance(10_000);
  assert.equal(stage.produce(batchOf(["a"], options)).value.logAppendTimeMs, NOW_MS);
});

test("a duplicate is told the time of the first append, which is its records' own", () => {
  const stage = new Stage();
  const options = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
  const first = stage.produce(batchOf(["a"], options)).value;
  const again = stage.produce(batchOf(["a"], options)).value;
  const { producers } = stage.harness.ask(partitionAddress, "describeProducers", {}).value;
  assert.equal(first.logAppendTimeMs, -1);
  assert.equal(again.logAppendTimeMs, producers[0]!.lastTimestampMs);
});

test("a refusal tells where the log starts, but not of a broken batch", () => {
  const stage = new Stage();
  stage.produce(batchOf(["a"], { producerId: 1, producerEpoch: 0, baseSequence: 0 }));
  const gap = batchOf(["a"], { producerId: 1, producerEpoch: 0, baseSequence: 9 });
  assert.equal(stage.produce(gap).value.logStartOffset, 0);
  const broken = batchOf(["a"]);
  broken[broken.length - 1]! ^= 1;
  assert.equal(stage.produce(broken).value.logStartOffset, -1);
});

test("idle producers are forgotten, those that write are not", () => {
  const stage = new Stage();
  send(stage, [1, 0, 0, 1]);
  send(stage, [2, 0, 0, 1]);
  for (let hour = 0; hour < 30; hour++) {
    stage.harness.advance(3_600_000);
    send(stage, [2, 0, hour + 1, 1]);
  }
  const { producers } = stage.harness.ask(partitionAddress, "describeProducers", {}).value;
  assert.deepEqual(
    producers.map(({ producerId, producerEpoch, lastSequence }) => [
      producerId,
      producerEpoch,
      lastSequence,
    ]),
    [[2, 0, 30]],
  );
  // Unknown again: it may begin anywhere.
  assert.equal(send(stage, [1, 0, 55, 1]), 32);
});
