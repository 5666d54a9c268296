// Produce: what is accepted, what is refused and with which code, what a duplicate is answered.

import {
  attributesAt,
  baseOffsetAt,
  baseSequenceAt,
  baseTimestampAt,
  batchLengthAt,
  crcAt,
  lastOffsetDeltaAt,
  magicAt,
  maxTimestampAt,
  producerEpochAt,
  producerIdAt,
  recordCountAt,
  recordsAt,
} from "../../../../src/protocol/record-batch.ts";
import {
  batch,
  broken,
  changed,
  joined,
  longAgo,
  numbered,
  set16,
  set32,
  set64,
  set8,
  three,
} from "../batches.ts";
import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { unknownId, zeroId } from "../scenario.ts";

type More = { acks?: number; index?: number; topic?: string; transactionalId?: string | null };

function of(records: Uint8Array | null, more: More = {}): Body {
  const { acks = -1, index = 0, topic = "a", transactionalId = null } = more;
  const partitionData = [{ index, records }];
  const topicData = [{ name: `~${topic}`, topicId: `#~${topic}`, partitionData }];
  return { acks, timeoutMs: 10_000, transactionalId, topicData };
}

/** What has come of it all. */
const look: Step = {
  api: "Fetch",
  body: {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [
      {
        topic: "~a",
        topicId: "#~a",
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }],
      },
    ],
  },
};

type Rest = Omit<Scenario, "name" | "steps">;

function sending(name: string, batches: readonly (Uint8Array | null)[], rest: Rest = {}): Scenario {
  const steps = batches.map((records) => ({ body: of(records) }));
  return { name, topics: { a: {} }, ...rest, steps: [...steps, look] };
}

const withConfigs = (configs: Readonly<Record<string, string>>): Rest => ({
  topics: { a: { configs } },
});

const good: readonly Scenario[] = [
  sending("plain batches", [batch(), batch([{}]), batch([{ key: "", value: "" }])]),
  sending("headers", [
    batch([
      {
        value: "v",
        headers: [
          { key: "h", value: null },
          { key: "", value: new Uint8Array(0) },
          { key: "h", value: Uint8Array.of(1, 2) },
        ],
      },
    ]),
  ]),
  sending("codecs", [
    batch(three, { compression: "gzip" }),
    batch(three, { compression: "snappy" }),
    batch(three, { compression: "lz4" }),
  ]),
  sending("zstd", [batch(three, { compression: "zstd" })]),
  sending("a header that leaves things to the broker", [
    changed(set64(maxTimestampAt, -1n)),
    changed(set64(maxTimestampAt, 5n)),
    changed(set64(baseOffsetAt, 77n)),
    changed(set32(12, 9)),
  ]),
  sending("timestamps before 1970", [
    batch([{ value: "v", at: -1 }]),
    batch([{ value: "v", at: 0 }]),
    batch([{ value: "v", at: -2 }]),
    batch([{ value: "v", at: -longAgo }]),
  ]),
  {
    name: "acks",
    topics: { a: {} },
    steps: [
      { body: of(batch(), { acks: 1 }) },
      { body: of(batch(), { acks: 0 }), isSilent: true },
      { body: of(batch(), { acks: 2 }) },
      { body: of(batch(), { acks: -2 }) },
      { body: of(batch(), { acks: 32_767 }) },
      { body: of(batch(), { acks: 0, topic: "none" }), isSilent: true },
      { body: of(broken(set32(crcAt, 1)), { acks: 0 }), isSilent: true },
      look,
    ],
  },
];

const addressed: readonly Scenario[] = [
  {
    name: "topics and partitions that are not there",
    topics: { a: { partitions: 2 } },
    steps: [
      { body: of(batch(), { topic: "none" }) },
      { body: of(batch(), { index: 2 }) },
      { body: of(batch(), { index: -1 }) },
      { body: of(batch(), { index: 2_147_483_647 }) },
      { body: { acks: 1, timeoutMs: 1_000, topicData: [] } },
      { body: { acks: -1, timeoutMs: 1_000, topicData: [] } },
      { body: { acks: 2, timeoutMs: 1_000, topicData: [] } },
      {
        body: {
          acks: -1,
          timeoutMs: 1_000,
          topicData: [{ name: "~a", topicId: "#~a", partitionData: [] }],
        },
      },
      look,
    ],
  },
  {
    name: "ids that are no topic's",
    versions: [13, 13],
    steps: [unknownId, zeroId].map((topicId) => ({
      body: {
        acks: -1,
        timeoutMs: 1_000,
        topicData: [{ topicId, partitionData: [{ index: 0, records: batch() }] }],
      },
    })),
  },
  {
    name: "names that no topic has",
    versions: [3, 12],
    steps: ["", ".", "a b", "x".repeat(250), "__consumer_offsets"].map((name) => ({
      body: {
        acks: -1,
        timeoutMs: 1_000,
        topicData: [{ name, partitionData: [{ index: 0, records: batch() }] }],
      },
    })),
  },
  {
    name: "several topics and partitions, good ones and bad ones",
    topics: { a: { partitions: 3 }, b: {} },
    steps: [
      {
        body: {
          acks: -1,
          timeoutMs: 10_000,
          topicData: [
            {
              name: "~b",
              topicId: "#~b",
              partitionData: [{ index: 0, records: batch() }],
            },
            {
              name: "~a",
              topicId: "#~a",
              partitionData: [
                { index: 2, records: batch() },
                { index: 0, records: broken(set32(crcAt, 1)) },
                { index: 7, records: batch() },
                { index: 1, records: new Uint8Array(0) },
              ],
            },
            {
              name: "~none",
              topicId: "#~none",
              partitionData: [{ index: 0, records: batch() }],
            },
          ],
        },
      },
      look,
    ],
  },
  {
    name: "a partition twice",
    topics: { a: {} },
    steps: [
      {
        body: {
          acks: -1,
          timeoutMs: 10_000,
          topicData: [
            {
              name: "~a",
              topicId: "#~a",
              partitionData: [
                { index: 0, records: batch([{ value: "first" }]) },
                { index: 0, records: batch([{ value: "second" }]) },
              ],
            },
          ],
        },
      },
      look,
    ],
  },
  {
    name: "timeouts",
    topics: { a: {} },
    steps: [0, -1, 2_147_483_647, -2_147_483_648].map((timeoutMs) => ({
      body: { ...of(batch()), timeoutMs },
    })),
  },
];

const bad: readonly Scenario[] = [
  // Kafka gives no answer at all, so one version is enough.
  sending("no records", [null], { versions: [9, 9] }),
  sending("no batch", [new Uint8Array(0), new Uint8Array(7), new Uint8Array(61)]),
  sending("more than a batch", [
    joined(batch(), batch()),
    joined(batch(), batch().subarray(0, 30)),
    joined(batch(), new Uint8Array(5)),
    batch().subarray(0, 60),
    batch().subarray(0, 80),
  ]),
  sending("checksums", [
    broken(set32(crcAt, 12_345)),
    broken((bytes) => (bytes[recordsAt + 8]! ^= 1)),
    broken((bytes) => (bytes[bytes.length - 1]! ^= 1)),
  ]),
  sending(
    "magic",
    [0, 1, 3, 127, -1].map((magic) => changed(set8(magicAt, magic))),
  ),
  sending(
    "lengths",
    [3, 0, -1, 49, 5_000, 2_147_483_647].map((length) => broken(set32(batchLengthAt, length))),
  ),
  sending(
    "counts",
    [0, 2, 4, -1, 2_147_483_647].map((count) => changed(set32(recordCountAt, count))),
  ),
  sending(
    "last offsets",
    [0, 1, 3, -1, 2_147_483_647].map((delta) => changed(set32(lastOffsetDeltaAt, delta))),
  ),
  sending("counts and last offsets that lie alike", [
    changed((bytes) => {
      set32(recordCountAt, 5)(bytes);
      set32(lastOffsetDeltaAt, 4)(bytes);
    }),
    changed((bytes) => {
      set32(recordCountAt, 2)(bytes);
      set32(lastOffsetDeltaAt, 1)(bytes);
    }),
    changed((bytes) => {
      set32(recordCountAt, 0)(bytes);
      set32(lastOffsetDeltaAt, -1)(bytes);
    }),
  ]),
  sending("records", [
    changed(set8(recordsAt, 0x7e)),
    changed(set8(recordsAt, 0x02)),
    changed(set8(recordsAt, 0x01)),
    changed(set8(recordsAt + 3, 0x02)),
    changed(set8(recordsAt + 3, 0x01)),
    changed(set8(recordsAt + 4, 0x7e)),
    changed(set8(recordsAt + 1, 0xff)),
  ]),
  sending("attributes", [
    changed(set16(attributesAt, 0x08)),
    changed(set16(attributesAt, 0x20)),
    changed(set16(attributesAt, 0x40)),
    changed(set16(attributesAt, 0x80)),
    changed(set16(attributesAt, 0x7f00)),
  ]),
  sending("a codec that the records are not in", [
    changed(set16(attributesAt, 1)),
    changed(set16(attributesAt, 2)),
    changed(set16(attributesAt, 3)),
    changed(set16(attributesAt, 5)),
    changed(set16(attributesAt, 6)),
    changed(set16(attributesAt, 7)),
  ]),
  sending("zstd that is none", [changed(set16(attributesAt, 4))], { versions: [7, 13] }),
  sending("times too late", [
    batch([{ value: "v", at: 4_000_000_000_000 }]),
    changed(set64(baseTimestampAt, 4_000_000_000_000n)),
  ]),
  sending("a record too large", [batch([{ value: "v".repeat(1_100_000) }])], {
    versions: [9, 13],
  }),
  sending(
    "a batch above max.message.bytes",
    [batch([{ value: "v".repeat(300) }]), batch([{ value: "v".repeat(10) }])],
    withConfigs({ "max.message.bytes": "200" }),
  ),
  sending("a batch above segment.bytes", [batch([{ value: "v".repeat(1_048_100) }])], {
    versions: [9, 13],
    ...withConfigs({ "segment.bytes": "1048576", "max.message.bytes": "2000000" }),
  }),
];

const configured: readonly Scenario[] = [
  sending(
    "a compacted topic",
    [batch(), batch([{ value: "no key" }]), batch([{ key: "k", value: "v" }, { value: "v" }, {}])],
    withConfigs({ "cleanup.policy": "compact" }),
  ),
  sending(
    "a topic that stamps records itself",
    [
      batch(),
      changed(set16(attributesAt, 0x08)),
      batch(three, { compression: "gzip" }),
      batch([{ value: "v", at: -1 }]),
      batch([{ value: "v", at: 4_000_000_000_000 }]),
    ],
    withConfigs({ "message.timestamp.type": "LogAppendTime" }),
  ),
  sending(
    "a topic that takes records of the present alone",
    [
      batch(),
      batch([{ value: "old" }, { value: "new", at: 4_000_000_000_000 }]),
      batch([{ value: "old", at: -1 }]),
    ],
    withConfigs({
      "message.timestamp.before.max.ms": "1000",
      "message.timestamp.after.max.ms": "1000",
    }),
  ),
  ...["uncompressed", "gzip", "snappy", "lz4", "zstd"].map((codec) =>
    sending(
      `a topic that is ${codec}`,
      [batch(), batch(three, { compression: "lz4" }), batch([{}])],
      { versions: [9, 13], ...withConfigs({ "compression.type": codec }) },
    ),
  ),
  sending(
    "a topic that wants more replicas than there are",
    [batch()],
    withConfigs({ "min.insync.replicas": "2" }),
  ),
];

const idempotent: readonly Scenario[] = [
  sending("sequences", [
    numbered(7_000, 0, 0),
    numbered(7_000, 0, 3),
    numbered(7_000, 0, 3),
    numbered(7_000, 0, 0),
    numbered(7_000, 0, 9),
    numbered(7_000, 0, 7),
    numbered(7_000, 0, 6, [{ value: "one" }]),
    numbered(7_000, 0, 6),
    numbered(7_000, 0, 7, [{ value: "one" }, { value: "two" }]),
  ]),
  sending("a first sequence that is not 0", [
    numbered(7_001, 0, 5),
    numbered(7_001, 0, 0),
    numbered(7_001, 0, 8),
  ]),
  sending("epochs", [
    numbered(7_002, 3, 0),
    numbered(7_002, 2, 3),
    numbered(7_002, 4, 3),
    numbered(7_002, 4, 0),
    numbered(7_002, 3, 3),
    numbered(7_002, 32_767, 0),
  ]),
  sending("more than five batches back", [
    ...[0, 1, 2, 3, 4, 5].map((sequence) => numbered(7_003, 0, sequence, [{ value: "v" }])),
    ...[0, 1, 5].map((sequence) => numbered(7_003, 0, sequence, [{ value: "v" }])),
  ]),
  sending("sequences that wrap", [
    numbered(7_004, 0, 2_147_483_646),
    numbered(7_004, 0, 1),
    numbered(7_004, 0, 2_147_483_646),
  ]),
  sending("ids without sequences", [
    changed(set32(baseSequenceAt, 0)),
    changed(set16(producerEpochAt, 0)),
    changed(set64(producerIdAt, 5n)),
    numbered(7_005, 0, -1),
    numbered(7_005, -1, 0),
    numbered(7_005, -2, 0),
    numbered(7_005, 0, -2),
    changed(set64(producerIdAt, -2n)),
  ]),
  sending("duplicates of a compressed batch", [
    batch(three, { producerId: 7_006, producerEpoch: 0, baseSequence: 0, compression: "lz4" }),
    batch(three, { producerId: 7_006, producerEpoch: 0, baseSequence: 0 }),
  ]),
];

const transactional: readonly Scenario[] = [
  {
    name: "transactional, without a transaction",
    topics: { a: {} },
    steps: [
      {
        body: of(
          batch(three, {
            producerId: 7_100,
            producerEpoch: 0,
            baseSequence: 0,
            transactional: true,
          }),
          { transactionalId: "~t" },
        ),
      },
      {
        body: of(
          batch(three, {
            producerId: 7_100,
            producerEpoch: 0,
            baseSequence: 0,
            transactional: true,
          }),
        ),
      },
      { body: of(batch(), { transactionalId: "~t" }) },
      { body: of(batch(three, { transactional: true }), { transactionalId: "~t" }) },
      { body: of(batch(), { transactionalId: "" }) },
      look,
    ],
  },
];

export const produceScenarios: ApiScenarios = {
  api: "Produce",
  scenarios: [...good, ...addressed, ...bad, ...configured, ...idempotent, ...transactional],
};
