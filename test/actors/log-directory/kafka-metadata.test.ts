// Kafka's metadata log, whole and damaged in every way: what is read is what was there up to some
// batch, or the log is refused with one line; it never fails otherwise.

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { KafkaMetadata } from "../../../src/actors/log-directory/kafka-metadata.ts";
import { readKafkaMetadata } from "../../../src/actors/log-directory/kafka-metadata.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { encodeMetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { buildBatch } from "../../../src/protocol/record-batch.ts";
import { encodeSnapshot, snapshotName } from "../../../src/metadata/snapshot-file.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";
import {
  abort,
  batchesOf,
  begin,
  config,
  end,
  feature,
  joined,
  newLeader,
  partition,
  producerIds,
  removal,
  topic,
  topicIdOf,
} from "../../support/kafka-metadata.ts";
import { driverOver } from "../../support/run-routine.ts";

const DIRECTORY = "/data/__cluster_metadata-0";
const FIRST_LOG = "00000000000000000000.log";

type Files = Readonly<Record<string, Uint8Array>>;

function read(files: Files): KafkaMetadata {
  const disk = memoryDisk();
  const byHand = new DiskByHand(disk);
  byHand.makeDirectory(DIRECTORY);
  for (const [name, bytes] of Object.entries(files)) byHand.write(`${DIRECTORY}/${name}`, bytes);
  const before = byHand.list(DIRECTORY).map((name) => [name, byHand.read(`${DIRECTORY}/${name}`)]);
  const metadata = driverOver(disk).run(readKafkaMetadata(DIRECTORY));
  const after = byHand.list(DIRECTORY).map((name) => [name, byHand.read(`${DIRECTORY}/${name}`)]);
  assert.deepEqual(after, before, "nothing there is changed");
  return metadata;
}

function readWell(files: Files) {
  const metadata = read(files);
  assert.equal(metadata.state, "read", metadata.state === "unusable" ? metadata.why : "");
  if (metadata.state !== "read") throw new Error("unreachable");
  return metadata;
}

function whyNot(files: Files): string {
  const metadata = read(files);
  assert.equal(metadata.state, "unusable");
  return metadata.state === "unusable" ? metadata.why : "";
}

/** The image in words. */
function shown(metadata: KafkaMetadata): readonly MetadataRecord[] {
  return metadata.state === "read" ? metadata.replay.image.snapshot().records : [];
}

const entries = [
  "leader",
  [feature(25)],
  [topic(1, "orders"), partition(1, 0), partition(1, 1), config(2, "orders", "retention.ms", "5")],
  [topic(2, "gone"), partition(2, 0)],
  "leader",
  [newLeader(1, 0), producerIds(3_000)],
  [removal(2), config(4, "", "log.retention.ms", "7")],
  [config(2, "orders", "cleanup.policy", "compact")],
] as const;
const batches = batchesOf(entries);
const whole = joined(batches);
const endOffset = 14;

/** Images after so many of the batches. */
const prefixes = batches.map((_, at) => shown(read({ [FIRST_LOG]: joined(batches.slice(0, at)) })));

describe("Kafka's metadata log", () => {
  it("is replayed from its beginning to its end", () => {
    const { replay, notes, endOffset: end } = readWell({ [FIRST_LOG]: whole });
    assert.deepEqual(notes, []);
    assert.equal(end, endOffset);
    const { image } = replay;
    assert.deepEqual(
      image.topics().map(({ name, topicId, partitions }) => [name, topicId, partitions.length]),
      [["orders", topicIdOf(1), 2]],
    );
    const epochs = image.topicByName("orders")!.partitions.map(({ leaderEpoch }) => leaderEpoch);
    assert.deepEqual(epochs, [1, 0]);
    assert.deepEqual(image.configsOf(2, "orders"), {
      "retention.ms": "5",
      "cleanup.policy": "compact",
    });
    assert.deepEqual(image.configsOf(4, ""), { "log.retention.ms": "7" });
    assert.equal(image.nextProducerId, 3_000);
    assert.equal(image.features().get("metadata.version"), 25);
    assert.deepEqual([...replay.removedTopics], [topicIdOf(2)]);
  });

  it("is the same in several segments", () => {
    const files = {
      [FIRST_LOG]: joined(batches.slice(0, 3)),
      "00000000000000000006.log": joined(batches.slice(3, 5)),
      "00000000000000000009.log": joined(batches.slice(5)),
    };
    assert.deepEqual(shown(readWell(files)), shown(read({ [FIRST_LOG]: whole })));
  });

  it("may hold batches larger than what is read at a time", () => {
    const configs = Array.from({ length: 60 }, (_, n) =>
      config(2, "orders", `key.${n}`, String(n).repeat(15_000)),
    );
    const large = batchesOf([...entries, configs, [config(2, "orders", "last", "1")]]);
    const { replay } = readWell({ [FIRST_LOG]: joined(large) });
    const values = replay.image.configsOf(2, "orders");
    assert.equal(values["key.59"]?.length, 30_000);
    assert.equal(values["last"], "1");
  });

  it("counts transactions that have ended, and no others", () => {
    const log = batchesOf([
      "leader",
      [begin, topic(1, "a")],
      [partition(1, 0), end],
      [begin, topic(2, "b"), removal(1)],
      "leader",
      [abort],
      [topic(3, "c"), begin, topic(4, "d")],
    ]);
    const { replay, notes } = readWell({ [FIRST_LOG]: joined(log) });
    const names = replay.image.topics().map(({ name }) => name);
    assert.deepEqual(names, ["a", "c"]);
    assert.deepEqual([...replay.removedTopics], []);
    assert.equal(notes.length, 1);
  });

  it("tells what it holds and nobody takes over", () => {
    const rule = {
      id: topicIdOf(9),
      resourceType: 2,
      resourceName: "orders",
      patternType: 3,
      principal: "User:a",
      host: "*",
      operation: 3,
      permissionType: 3,
    };
    const unknown = buildBatch([{ value: Uint8Array.of(1, 99, 0), timestampMs: 0 }], {
      baseOffset: 1,
      leaderEpoch: 0,
    });
    const log = [
      ...batchesOf([[{ kind: "AccessControlEntryRecord", value: rule }]]),
      unknown,
      ...batchesOf([[feature(25)]], 2),
    ];
    const { replay } = readWell({ [FIRST_LOG]: joined(log) });
    assert.deepEqual([...replay.passedOver], ["AccessControlEntryRecord", "type 99"]);
    assert.equal(replay.image.features().get("metadata.version"), 25);
  });

  it("may not be there", () => {
    assert.deepEqual(driverOver(memoryDisk()).run(readKafkaMetadata(DIRECTORY)), {
      state: "absent",
    });
    assert.match(whyNot({}), /neither a log nor a snapshot/);
  });
});

describe("a snapshot of Kafka's", () => {
  const upTo = (count: number) =>
    encodeSnapshot(
      { endOffset: count, epoch: 1 },
      shown(read({ [FIRST_LOG]: joined(batches.slice(0, 4)) })).map((record) =>
        encodeMetadataRecord(record),
      ),
      1_000,
    );
  const name = snapshotName({ endOffset: 8, epoch: 1 });
  const older = snapshotName({ endOffset: 1, epoch: 1 });
  const empty = encodeSnapshot({ endOffset: 1, epoch: 1 }, [], 1_000);

  it("goes before the log that follows it", () => {
    const files = { [name]: upTo(8), "00000000000000000008.log": joined(batches.slice(4)) };
    const { replay, endOffset: end } = readWell(files);
    assert.equal(end, endOffset);
    assert.deepEqual(
      new Set(replay.image.snapshot().records),
      new Set(shown(read({ [FIRST_LOG]: whole }))),
    );
  });

  it("is enough when there is no log, or one that ends before it", () => {
    for (const files of [{}, { [FIRST_LOG]: joined(batches.slice(0, 2)) }]) {
      const { replay, endOffset: end } = readWell({ ...files, [name]: upTo(8) });
      assert.equal(end, 8);
      assert.equal(replay.image.topicCount, 2);
    }
  });

  it("makes what lies before it unimportant, but for what was deleted there", () => {
    const late = snapshotName({ endOffset: 13, epoch: 2 });
    const records = [topic(1, "orders"), partition(1, 0)].map((record) =>
      encodeMetadataRecord(record),
    );
    const snapshot = encodeSnapshot({ endOffset: 13, epoch: 2 }, records, 1_000);
    const damaged = whole.slice();
    damaged[70]! ^= 1;
    const { replay, notes } = readWell({ [late]: snapshot, [FIRST_LOG]: damaged });
    assert.deepEqual(notes, []);
    assert.ok(replay.removedTopics.has(topicIdOf(2)));
  });

  it("gives way to an older one when it is damaged, and to the log", () => {
    const damaged = upTo(8).slice(0, -1);
    const all = shown(read({ [FIRST_LOG]: whole }));
    for (const others of [{ [older]: empty }, {}]) {
      const metadata = readWell({ ...others, [name]: damaged, [FIRST_LOG]: whole });
      assert.equal(metadata.notes.length, 1);
      assert.deepEqual(shown(metadata), all);
    }
  });

  it("must reach to where the log begins", () => {
    const log = { "00000000000000000008.log": joined(batches.slice(4)) };
    assert.match(whyNot(log), /the log begins at 8 and there is no snapshot/);
    assert.match(whyNot({ ...log, [older]: empty }), /begins at 8 and the snapshot ends at 1/);
  });
});

describe("a damaged metadata log", () => {
  it("that is torn anywhere ends with its last whole batch", () => {
    for (let length = 0; length <= whole.length; length++) {
      let count = 0;
      let size = 0;
      while (count < batches.length && size + batches[count]!.length <= length) {
        size += batches[count]!.length;
        count += 1;
      }
      const metadata = readWell({ [FIRST_LOG]: whole.slice(0, length) });
      const image = prefixes[count] ?? shown(read({ [FIRST_LOG]: whole }));
      assert.deepEqual(shown(metadata), image, `${length} bytes`);
      assert.equal(metadata.notes.length, size === length ? 0 : 1, `${length} bytes`);
    }
  });

  it("with zeros at its end is a torn one", () => {
    const zeros = new Uint8Array(4096);
    const metadata = readWell({ [FIRST_LOG]: joined([whole, zeros]) });
    assert.deepEqual(shown(metadata), shown(read({ [FIRST_LOG]: whole })));
    assert.equal(metadata.notes.length, 1);
  });

  it("with any bit flipped is whole up to its last batch, or refused", () => {
    const lastAt = whole.length - batches.at(-1)!.length;
    const all = JSON.stringify(shown(read({ [FIRST_LOG]: whole })));
    const most = JSON.stringify(prefixes.at(-1));
    let refused = 0;
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bent = whole.slice();
      bent[bit >>> 3]! ^= 1 << (bit & 7);
      const metadata = read({ [FIRST_LOG]: bent });
      if (metadata.state === "unusable") {
        refused += 1;
        continue;
      }
      const image = JSON.stringify(shown(metadata));
      // A leader epoch is outside of every checksum, and some others would do as well.
      if (image === all) continue;
      assert.equal(image, most, `bit ${bit}`);
      assert.ok(bit >>> 3 >= lastAt, `bit ${bit} has lost batches behind it`);
    }
    assert.ok(refused > lastAt * 7, `${refused} of ${whole.length * 8}`);
  });

  it("with a segment missing is refused", () => {
    const files = {
      [FIRST_LOG]: joined(batches.slice(0, 3)),
      "00000000000000000009.log": joined(batches.slice(5)),
    };
    assert.match(
      whyNot(files),
      /holds no batch of offset 6 at byte 0, but a whole one of offset 9/,
    );
  });

  const nonsense = [
    ["a topic twice", [topic(1, "a"), topic(1, "b")]],
    ["a name twice", [topic(1, "a"), topic(2, "a")]],
    ["a partition of no topic", [partition(1, 0)]],
    ["a partition out of order", [topic(1, "a"), partition(1, 7)]],
    ["a change of no partition", [topic(1, "a"), newLeader(1, 0)]],
    ["the end of nothing", [removal(1)]],
    ["a broker that is not there", [{ kind: "FenceBrokerRecord", value: { id: 1, epoch: 1 } }]],
    ["a transaction in another", [begin, begin]],
    ["the end of no transaction", [end]],
  ] as const;
  for (const [what, records] of nonsense) {
    it(`that tells of ${what} is refused`, () => {
      const log = joined(batchesOf(["leader", records]));
      assert.match(whyNot({ [FIRST_LOG]: log }), /^the record at offset \d+ in /);
    });
  }

  it("of a newer release is refused where its records are of a newer version", () => {
    const value = Uint8Array.of(1, 2, 9, 0);
    const log = buildBatch([{ value, timestampMs: 0 }]);
    assert.match(whyNot({ [FIRST_LOG]: log }), /TopicRecord of version 9/);
  });

  it("of any bytes at all is refused or read, and nothing else", () => {
    const value = fc.uint8Array({ maxLength: 40 });
    const anything = fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(anything, fc.uint8Array({ maxLength: 100 }), (groups, tail) => {
        let baseOffset = 0;
        const log = groups.map((values) => {
          const drafts = values.map((bytes) => ({ value: bytes, timestampMs: 0 }));
          const batch = buildBatch(drafts, { baseOffset });
          baseOffset += values.length;
          return batch;
        });
        const { state } = read({ [FIRST_LOG]: joined([...log, tail]) });
        assert.ok(state === "read" || state === "unusable");
      }),
      { numRuns: 300 },
    );
  });
});

describe("the metadata log of a real Kafka", () => {
  const archive = join(import.meta.dirname, "../../node/fixtures/kafka-written/stopped.tar.gz");
  const unpacked = (pattern: string): Buffer => {
    const words = ["-xzOf", archive, "--wildcards", `data/__cluster_metadata-0/${pattern}`];
    const { status, stdout, stderr } = spawnSync("tar", words);
    assert.equal(status, 0, stderr.toString());
    return stdout;
  };
  const log = new Uint8Array(unpacked(FIRST_LOG));

  it("comes to the same from its snapshots on as from its beginning", () => {
    const words = ["-tzf", archive, "--wildcards", "data/__cluster_metadata-0/*.checkpoint"];
    const names = spawnSync("tar", words).stdout.toString().trim().split("\n");
    assert.ok(names.length > 3);
    const sorted = (metadata: KafkaMetadata) =>
      shown(metadata)
        // Features are in any order, and a snapshot forgets to whom ids were given.
        .filter(({ kind }) => kind !== "RegisterBrokerRecord" && kind !== "ProducerIdsRecord")
        .map((record) => JSON.stringify(record))
        .toSorted();
    const fromBeginning = readWell({ [FIRST_LOG]: log });
    for (const path of names) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      const metadata = readWell({ [FIRST_LOG]: log, [name]: new Uint8Array(unpacked(name)) });
      assert.deepEqual(metadata.notes, [], name);
      assert.equal(metadata.endOffset, fromBeginning.endOffset);
      assert.deepEqual(sorted(metadata), sorted(fromBeginning), name);
      const { nextProducerId } = metadata.replay.image;
      assert.equal(nextProducerId, fromBeginning.replay.image.nextProducerId);
      assert.deepEqual(metadata.replay.removedTopics, fromBeginning.replay.removedTopics);
    }
  });

  it("may be bent and cut", () => {
    const places = fc.array(fc.nat(log.length * 8 - 1), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(places, fc.nat(log.length), (bits, length) => {
        const bent = log.slice(0, length);
        for (const bit of bits) if (bit >>> 3 < length) bent[bit >>> 3]! ^= 1 << (bit & 7);
        const metadata = read({ [FIRST_LOG]: bent });
        assert.ok(metadata.state !== "absent");
      }),
      { numRuns: 200 },
    );
  });
});
