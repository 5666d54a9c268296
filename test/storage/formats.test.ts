// The file formats of a data directory: what is written is read back, and any bytes at all come out as
// a value or as "corrupt".

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Outcome } from "../../src/base/outcome.ts";
import { decodeCleanShutdown, encodeCleanShutdown } from "../../src/storage/clean-shutdown.ts";
import { offsetFileName, offsetOfFileName, parentOf } from "../../src/storage/file-names.ts";
import {
  decodeLeaderEpochs,
  encodeLeaderEpochs,
} from "../../src/storage/leader-epoch-checkpoint.ts";
import { decodeMetaProperties, encodeMetaProperties } from "../../src/storage/meta-properties.ts";
import {
  decodeOffsetCheckpoint,
  encodeOffsetCheckpoint,
} from "../../src/storage/offset-checkpoint.ts";
import { decodeOffsetIndex, OffsetIndex } from "../../src/storage/offset-index.ts";
import {
  decodePartitionMetadata,
  encodePartitionMetadata,
} from "../../src/storage/partition-metadata.ts";
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
} from "../../src/storage/producer-snapshot.ts";
import { decodeTimeIndex, TimeIndex } from "../../src/storage/time-index.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function valueOf<T>(outcome: Outcome<T>): T {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

const offsets = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const epochEntries = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1e9 })), {
    maxLength: 20,
  })
  .map((steps) => {
    let epoch = -1;
    let startOffset = -1;
    return steps.map(([up, on]) => ({ epoch: (epoch += up), startOffset: (startOffset += on) }));
  });
const producerEntries = fc.array(
  fc
    .record({
      producerId: offsets,
      producerEpoch: fc.integer({ min: 0, max: 32767 }),
      lastSequence: fc.integer({ min: 0, max: 0x7fff_ffff }),
      lastOffset: fc.integer({ min: 1000, max: Number.MAX_SAFE_INTEGER }),
      offsetDelta: fc.integer({ min: 0, max: 1000 }),
      timestamp: offsets,
      coordinatorEpoch: fc.integer({ min: -1, max: 1000 }),
      currentTransactionFirstOffset: fc.integer({ min: -1, max: 1e12 }),
    })
    .map((entry) => ({ ...entry })),
  { maxLength: 10 },
);

const samples: Readonly<Record<string, Uint8Array>> = {
  cleanShutdown: encodeCleanShutdown({ brokerEpoch: 7 }),
  epochs: encodeLeaderEpochs([
    { epoch: 0, startOffset: 0 },
    { epoch: 3, startOffset: 17 },
  ]),
  metaProperties: encodeMetaProperties({ clusterId: "c", nodeId: 1, directoryId: "d" }),
  checkpoint: encodeOffsetCheckpoint([{ topic: "t", partition: 0, offset: 5 }]),
  metadata: encodePartitionMetadata({ topicId: "FFFFFFFFFFFFFFFFFFFFFA" }),
};

/** Any bytes, and real files with a few bytes changed, cut off or added. */
const anyFile = (sample: Uint8Array) =>
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(
        fc.array(fc.tuple(fc.nat(sample.length), fc.nat(255)), { maxLength: 3 }),
        fc.nat(sample.length),
        fc.uint8Array({ maxLength: 20 }),
      )
      .map(([changes, length, more]) => {
        const changed = Uint8Array.from([...sample, ...more]);
        for (const [at, byte] of changes) changed[at] = byte;
        return changed.subarray(0, length + more.length);
      }),
  );

describe("text files", () => {
  it("has Kafka's own words", () => {
    const checkpoint = encodeOffsetCheckpoint([
      { topic: "a", partition: 0, offset: 5 },
      { topic: "b.c", partition: 12, offset: 0 },
    ]);
    assert.equal(textOf(checkpoint), "0\n2\na 0 5\nb.c 12 0\n");
    assert.equal(textOf(samples["epochs"]!), "0\n2\n0 0\n3 17\n");
    assert.equal(textOf(samples["metadata"]!), "version: 0\ntopic_id: FFFFFFFFFFFFFFFFFFFFFA");
    assert.equal(textOf(samples["cleanShutdown"]!), '{"version":0,"brokerEpoch":7}');
    const lines = textOf(samples["metaProperties"]!).split("\n");
    assert.deepEqual(lines.slice(1), [
      "cluster.id=c",
      "directory.id=d",
      "node.id=1",
      "version=1",
      "",
    ]);
  });

  it("reads what Kafka writes", () => {
    const text =
      "#\n#Thu Jan 01 00:00:00 UTC 1970\ncluster.id=x-Y_z\nversion=1\nnode.id=3\ndirectory.id=wTzBc3cCRsKYxGDyVF0GTg\n";
    const properties = valueOf(decodeMetaProperties(bytesOf(text)));
    assert.deepEqual(properties, {
      clusterId: "x-Y_z",
      nodeId: 3,
      directoryId: "wTzBc3cCRsKYxGDyVF0GTg",
    });
    const old = valueOf(decodeMetaProperties(bytesOf("version=0\nbroker.id=2\ncluster.id=abc\n")));
    assert.deepEqual(old, { clusterId: "abc", nodeId: 2, directoryId: "" });
    assert.equal(valueOf(decodeCleanShutdown(bytesOf(""))).brokerEpoch, -1);
  });

  it("says what is wrong", () => {
    for (const [text, word] of [
      ["", "version"],
      ["version=1\ncluster.id=a\n", "node.id"],
      ["version=1\nnode.id=1\n", "cluster.id"],
      ["version=1\nnode.id=one\ncluster.id=a\n", "node.id"],
    ] as const) {
      const outcome = decodeMetaProperties(bytesOf(text));
      assert.ok(!outcome.ok && outcome.detail.includes(word), JSON.stringify(outcome));
    }
    for (const text of ["", "0\n", "0\n2\n0 0\n", "0\n1\n0 0\n1 1\n", "1\n0\n", "0\n1\nx y\n"]) {
      assert.ok(!decodeLeaderEpochs(bytesOf(text)).ok, text);
    }
    // Epochs that do not ascend.
    for (const text of ["0\n2\n1 0\n0 5\n", "0\n2\n1 5\n2 5\n"]) {
      assert.ok(!decodeLeaderEpochs(bytesOf(text)).ok, text);
    }
  });

  it("reads back what it has written", () => {
    const topics = fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/);
    const entry = fc.record({ topic: topics, partition: fc.nat(1e6), offset: offsets });
    fc.assert(
      fc.property(fc.array(entry), epochEntries, (partitions, epochs) => {
        const checkpoint = encodeOffsetCheckpoint(partitions);
        assert.deepEqual(
          valueOf(decodeOffsetCheckpoint(checkpoint)).map((each) => ({ ...each })),
          partitions.map((each) => ({ ...each })),
        );
        assert.deepEqual(valueOf(decodeLeaderEpochs(encodeLeaderEpochs(epochs))), epochs);
      }),
    );
  });

  it("takes any bytes for a value or for corrupt", () => {
    const decoders = {
      cleanShutdown: decodeCleanShutdown,
      epochs: decodeLeaderEpochs,
      metaProperties: decodeMetaProperties,
      checkpoint: decodeOffsetCheckpoint,
      metadata: decodePartitionMetadata,
    };
    for (const [name, decode] of Object.entries(decoders)) {
      fc.assert(
        fc.property(anyFile(samples[name]!), (bytes) => {
          const outcome: Outcome<unknown> = decode(bytes);
          assert.ok(outcome.ok || outcome.fault === "corrupt");
        }),
        { numRuns: 500 },
      );
    }
  });
});

describe("producer snapshot", () => {
  it("reads back what it has written", () => {
    fc.assert(
      fc.property(producerEntries, (entries) => {
        const decoded = valueOf(decodeProducerSnapshot(encodeProducerSnapshot(entries)));
        assert.deepEqual(decoded, entries);
      }),
    );
  });

  it("knows a changed or cut one by its checksum", () => {
    const entry = {
      producerId: 1,
      producerEpoch: 2,
      lastSequence: 3,
      lastOffset: 4,
      offsetDelta: 0,
      timestamp: 5,
      coordinatorEpoch: -1,
      currentTransactionFirstOffset: -1,
    };
    const bytes = encodeProducerSnapshot([entry, entry]);
    assert.equal(bytes.length, 10 + 2 * 46);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 0x10;
      assert.ok(!decodeProducerSnapshot(changed).ok, `byte ${at}`);
      assert.ok(!decodeProducerSnapshot(bytes.subarray(0, at)).ok, `${at} bytes`);
    }
    fc.assert(
      fc.property(anyFile(bytes), (any) => {
        const outcome = decodeProducerSnapshot(any);
        assert.ok(outcome.ok || outcome.fault === "corrupt");
      }),
    );
  });
});

const steps = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 5000 })),
  { maxLength: 200 },
);

describe("offset index", () => {
  it("finds what a linear search finds, also after being cut", () => {
    fc.assert(
      fc.property(steps, fc.nat(1e6), fc.array(fc.nat(120_000)), (entries, base, questions) => {
        const index = new OffsetIndex(base);
        let list: { offset: number; position: number }[] = [];
        let [offset, position] = [base, 0];
        for (const [on, further] of entries) {
          offset += on;
          position += further;
          index.append(offset, position);
          list.push({ offset, position });
        }
        const check = (asked: number): void => {
          const before = list.findLast((entry) => entry.offset <= asked)?.position ?? 0;
          assert.equal(index.positionBefore(asked), before);
          const from = list.find((entry) => entry.offset >= asked)?.position ?? -7;
          assert.equal(index.positionFrom(asked, -7), from);
        };
        for (const question of questions) check(base + question);
        const cut = base + (questions[0] ?? 0);
        index.truncateTo(cut);
        list = list.filter((entry) => entry.offset < cut);
        assert.equal(index.size, list.length);
        for (const question of questions) check(base + question);
      }),
    );
  });

  it("reads back its file, without the zeros Kafka pads it with", () => {
    fc.assert(
      fc.property(steps, fc.nat(1e9), fc.nat(10), (entries, base, zeros) => {
        const index = new OffsetIndex(base);
        let [offset, position] = [base, 0];
        for (const [on, further] of entries) index.append((offset += on), (position += further));
        const bytes = index.encode();
        const padded = new Uint8Array(bytes.length + zeros * 8);
        padded.set(bytes);
        const decoded = decodeOffsetIndex(base, padded, position + 1);
        assert.ok(decoded !== null);
        assert.deepEqual(decoded.encode(), bytes);
        if (index.size > 0) assert.equal(decodeOffsetIndex(base, padded, position), null);
      }),
    );
  });

  it("takes any bytes for an index that ascends, or for none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const index = decodeOffsetIndex(5, bytes, 1000);
        for (let slot = 1; slot < (index?.size ?? 0); slot++) {
          assert.ok(index!.offsetAt(slot) > index!.offsetAt(slot - 1));
          assert.ok(index!.positionAt(slot) < 1000);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("time index", () => {
  it("finds what a linear search finds, and reads back its file", () => {
    fc.assert(
      fc.property(steps, fc.nat(1e6), fc.array(fc.nat(1_000_000)), (entries, base, questions) => {
        const index = new TimeIndex(base);
        const list: { timestamp: number; offset: number }[] = [];
        let [offset, timestamp] = [base, 0];
        for (const [on, later] of entries) {
          offset += on;
          // Now and then time stands still or goes back: no entry.
          timestamp += later % 3 === 0 ? -later : later;
          if (timestamp <= index.lastTimestamp) {
            index.append(timestamp, offset);
            continue;
          }
          index.append(timestamp, offset);
          list.push({ timestamp, offset });
        }
        assert.equal(index.size, list.length);
        for (const asked of questions) {
          const before = list.findLast((entry) => entry.timestamp <= asked)?.offset ?? base;
          assert.equal(index.offsetBefore(asked), before);
        }
        const decoded = decodeTimeIndex(base, index.encode());
        assert.ok(decoded !== null);
        assert.deepEqual(decoded.encode(), index.encode());
      }),
    );
  });

  it("takes any bytes for an index that ascends, or for none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
        const index = decodeTimeIndex(5, bytes);
        for (let slot = 1; slot < (index?.size ?? 0); slot++) {
          assert.ok(index!.timestampAt(slot) > index!.timestampAt(slot - 1));
          assert.ok(index!.offsetAt(slot) >= index!.offsetAt(slot - 1));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("file names", () => {
  it("has twenty digits, and is read back", () => {
    assert.equal(offsetFileName(42, ".log"), "00000000000000000042.log");
    assert.equal(offsetOfFileName("00000000000000000042.log", ".log"), 42);
    for (const name of ["42.log", "00000000000000000042.log.deleted", "x", ""]) {
      assert.equal(offsetOfFileName(name, ".log"), null, name);
    }
    assert.equal(offsetOfFileName("99999999999999999999.log", ".log"), null);
    assert.equal(parentOf("/a/b/c"), "/a/b");
    assert.equal(parentOf("/a"), "/");
  });
});
