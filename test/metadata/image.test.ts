import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MetadataImage, ResourceType } from "../../src/metadata/image.ts";
import type {
  MetadataRecord,
  MetadataRecordDraft,
} from "../../src/protocol/records/metadata-record.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
} from "../../src/protocol/records/metadata-record.ts";

/** As the log hands it out: encoded and decoded, so that every field is there. */
function record(draft: MetadataRecordDraft): MetadataRecord {
  const decoded = decodeMetadataRecord(encodeMetadataRecord(draft));
  assert.notEqual(decoded.kind, "unknown");
  return decoded as MetadataRecord;
}

const topicId = (n: number): string => `topic${String(n).padStart(15, "0")}AA`;

function topic(n: number, name = `t${n}`): MetadataRecord {
  return record({ kind: "TopicRecord", value: { name, topicId: topicId(n) } });
}

function partition(n: number, partitionId: number, leaderEpoch = 0): MetadataRecord {
  const value = {
    partitionId,
    topicId: topicId(n),
    replicas: [1],
    isr: [1],
    removingReplicas: [],
    addingReplicas: [],
    leader: 1,
    leaderEpoch,
    partitionEpoch: 0,
    directories: [topicId(99)],
  };
  return record({ kind: "PartitionRecord", value });
}

function config(resourceType: number, resourceName: string, name: string, value: string | null) {
  return record({ kind: "ConfigRecord", value: { resourceType, resourceName, name, value } });
}

const broker = record({
  kind: "RegisterBrokerRecord",
  value: {
    brokerId: 1,
    incarnationId: topicId(7),
    brokerEpoch: 3,
    endPoints: [{ name: "PLAINTEXT", host: "127.0.0.1", port: 9092, securityProtocol: 0 }],
    features: [{ name: "metadata.version", minSupportedVersion: 1, maxSupportedVersion: 30 }],
    rack: null,
    fenced: false,
    logDirs: [topicId(99)],
  },
});

function imageOf(...records: readonly MetadataRecord[]): MetadataImage {
  return MetadataImage.from({ records, lastOffset: records.length - 1 });
}

describe("metadata image", () => {
  test("finds topics by name, by id and in order", () => {
    const image = imageOf(topic(1, "b"), partition(1, 0), partition(1, 1), topic(2, "a"));
    assert.equal(image.topicByName("b")?.topicId, topicId(1));
    assert.equal(image.topicById(topicId(2))?.name, "a");
    assert.deepEqual(
      image.topics().map(({ name }) => name),
      ["a", "b"],
    );
    assert.equal(image.topics(), image.topics(), "sorted once");
    assert.equal(image.partitionCount, 2);
    assert.equal(image.lastOffset, 3);
  });

  test("a topic removed takes its partitions, configs and collisions along", () => {
    const image = imageOf(
      topic(1, "a.b"),
      partition(1, 0),
      config(ResourceType.TOPIC, "a.b", "retention.ms", "5"),
    );
    assert.equal(image.collidingTopic("a_b"), "a.b");
    assert.equal(image.collidingTopic("a.b"), undefined);
    image.apply(record({ kind: "RemoveTopicRecord", value: { topicId: topicId(1) } }));
    assert.equal(image.topicByName("a.b"), undefined);
    assert.equal(image.collidingTopic("a_b"), undefined);
    assert.equal(image.partitionCount, 0);
    assert.deepEqual(image.configsOf(ResourceType.TOPIC, "a.b"), {});
    assert.deepEqual(image.topics(), []);
  });

  test("a new leader is a new leader epoch, any change a new partition epoch", () => {
    const image = imageOf(topic(1), partition(1, 0));
    const before = image.topicByName("t1")?.partitions[0];
    const change = { partitionId: 0, topicId: topicId(1) };
    image.apply(record({ kind: "PartitionChangeRecord", value: { ...change, isr: [1, 2] } }));
    image.apply(record({ kind: "PartitionChangeRecord", value: { ...change, leader: 2 } }));
    const after = image.topicByName("t1")?.partitions[0];
    assert.deepEqual(
      [after?.isr, after?.leader, after?.leaderEpoch, after?.partitionEpoch, after?.replicas],
      [[1, 2], 2, 1, 2, [1]],
    );
    assert.equal(before?.partitionEpoch, 0, "what was handed out does not change");
  });

  test("brokers are fenced, unfenced, changed and unregistered", () => {
    const image = imageOf(broker);
    const fenced = () => image.brokers().get(1)?.fenced;
    image.apply(record({ kind: "FenceBrokerRecord", value: { id: 1, epoch: 3 } }));
    assert.equal(fenced(), true);
    image.apply(record({ kind: "UnfenceBrokerRecord", value: { id: 1, epoch: 3 } }));
    assert.equal(fenced(), false);
    const change = { brokerId: 1, brokerEpoch: 3, fenced: 1, inControlledShutdown: 1, logDirs: [] };
    image.apply(record({ kind: "BrokerRegistrationChangeRecord", value: change }));
    assert.equal(fenced(), true);
    assert.equal(image.brokers().get(1)?.inControlledShutdown, true);
    assert.deepEqual(image.brokers().get(1)?.logDirs, [topicId(99)]);
    const gone = { brokerId: 1, brokerEpoch: 3 };
    image.apply(record({ kind: "UnregisterBrokerRecord", value: gone }));
    assert.equal(image.brokers().size, 0);
  });

  test("a feature at level 0 is none", () => {
    const level = (featureLevel: number) =>
      record({ kind: "FeatureLevelRecord", value: { name: "group.version", featureLevel } });
    const image = imageOf(level(1));
    assert.equal(image.features().get("group.version"), 1);
    image.apply(level(0));
    assert.equal(image.features().size, 0);
  });

  test("a configuration set to null is gone, whatever its name", () => {
    const image = imageOf(
      config(ResourceType.BROKER, "", "__proto__", "x"),
      config(ResourceType.BROKER, "", "log.retention.ms", "1"),
    );
    assert.equal(image.configsOf(ResourceType.BROKER, "")["log.retention.ms"], "1");
    assert.deepEqual(Object.keys(image.configsOf(ResourceType.BROKER, "")).length, 2);
    image.apply(config(ResourceType.BROKER, "", "log.retention.ms", null));
    image.apply(config(ResourceType.BROKER, "", "__proto__", null));
    assert.deepEqual(image.configuredResources(ResourceType.BROKER), []);
  });
});

/** Any run of records that a log could hold. */
const histories = fc
  .array(fc.record({ what: fc.nat({ max: 6 }), n: fc.nat({ max: 5 }), m: fc.nat({ max: 3 }) }), {
    maxLength: 60,
  })
  .map((steps) => {
    const image = new MetadataImage();
    const records: MetadataRecord[] = [];
    const names = ["t0", "t.1", "t_1", "a-b", "Z", "t.2"];
    const add = (next: MetadataRecord): void => {
      image.apply(next);
      records.push(next);
    };
    for (const { what, n, m } of steps) {
      const there = image.topicById(topicId(n));
      if (what === 0 && there === undefined) add(topic(n, names[n]));
      if (what === 1 && there !== undefined) add(partition(n, there.partitions.length, m));
      if (what === 2 && there !== undefined && there.partitions.length > m) {
        const value = { partitionId: m, topicId: topicId(n), leader: n };
        add(record({ kind: "PartitionChangeRecord", value }));
      }
      if (what === 3 && there !== undefined) {
        add(record({ kind: "RemoveTopicRecord", value: { topicId: topicId(n) } }));
      }
      if (what === 4)
        add(config(m % 2 === 0 ? 2 : 4, `r${m}`, `k${n}`, n === 5 ? null : String(n)));
      if (what === 5) {
        const value = { brokerId: 1, brokerEpoch: n, nextProducerId: (n + 1) * 1000 };
        add(record({ kind: "ProducerIdsRecord", value }));
      }
      if (what === 6) add(m === 0 ? broker : record({ kind: "NoOpRecord", value: {} }));
    }
    return records;
  });

describe("metadata image, whatever happened", () => {
  test("is the same when made from its snapshot", () => {
    const property = fc.property(histories, (records) => {
      const image = imageOf(...records);
      const again = MetadataImage.from(structuredClone(image.snapshot()));
      assert.deepEqual(again.snapshot(), image.snapshot());
      assert.deepEqual(again.topics(), image.topics());
      assert.equal(again.partitionCount, image.partitionCount);
      assert.deepEqual(again.collidingTopic("t_1"), image.collidingTopic("t_1"));
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("is the same by one delta, by many, and by a snapshot and the rest", () => {
    const property = fc.property(histories, fc.nat(), (records, at) => {
      const cut = records.length === 0 ? 0 : at % records.length;
      const whole = imageOf(...records);
      const inTwo = imageOf(...records.slice(0, cut));
      const fromSnapshot = MetadataImage.from(inTwo.snapshot());
      const rest = { records: records.slice(cut), lastOffset: records.length - 1 };
      inTwo.advance(rest);
      fromSnapshot.advance(rest);
      const state = (image: MetadataImage) => {
        const { records: parts, lastOffset } = image.snapshot();
        return { parts: parts.map((part) => JSON.stringify(part)).sort(), lastOffset };
      };
      assert.deepEqual(state(inTwo), state(whole));
      assert.deepEqual(state(fromSnapshot), state(whole));
    });
    fc.assert(property, { numRuns: 200 });
  });
});
