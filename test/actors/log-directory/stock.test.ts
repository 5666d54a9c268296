import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { logDirectoryRef } from "../../../src/actors/log-directory/messages.ts";
import type { MetadataRecordDraft } from "../../../src/protocol/records/metadata-record.ts";
import {
  batchesOf,
  config,
  feature,
  joined,
  partition,
  producerIds,
  removal,
  topic,
  topicIdOf,
} from "../../support/kafka-metadata.ts";
import { Bench, DIRECTORY, TOPIC_IDS } from "./bench.ts";

describe("topics that Kafka's metadata log tells of", () => {
  const METADATA = "__cluster_metadata-0";

  function benchWith(...records: readonly MetadataRecordDraft[]): Bench {
    const bench = new Bench();
    bench.writeMetaProperties();
    bench.makeDirectory(METADATA);
    const log = joined(batchesOf(["leader", [feature(25), ...records]]));
    bench.byHand.write(`${DIRECTORY}/${METADATA}/00000000000000000000.log`, log);
    return bench;
  }

  function warnings(bench: Bench): readonly string[] {
    return bench.harness.logged.filter(({ level }) => level === "warn").map(({ event }) => event);
  }

  it("have its ids, partitions, configs and the latest epoch of all", () => {
    const bench = benchWith(
      ...[topic(1, "orders"), partition(1, 0, { leaderEpoch: 7 }), partition(1, 1)],
      ...[config(2, "orders", "retention.ms", "5"), topic(2, "new"), partition(2, 0)],
    );
    bench.writePartition("orders-0", topicIdOf(1), [0, 3]);
    bench.writePartition("orders-1", null, [2]);
    assert.deepEqual(bench.stock().topics, [
      {
        name: "new",
        topicId: topicIdOf(2),
        partitionCount: 1,
        latestLeaderEpoch: 0,
        configs: {},
      },
      {
        name: "orders",
        topicId: topicIdOf(1),
        partitionCount: 2,
        latestLeaderEpoch: 7,
        configs: { "retention.ms": "5" },
      },
    ]);
    assert.deepEqual(warnings(bench), []);
  });

  it("may be named anew: what lies there of another id is not theirs", () => {
    const bench = benchWith(topic(1, "orders"), partition(1, 0));
    bench.writePartition("orders-0", TOPIC_IDS[0], [0, 30]);
    bench.writePartition("orders-7", TOPIC_IDS[0]);
    const [found] = bench.stock().topics;
    assert.deepEqual(
      [found?.topicId, found?.partitionCount, found?.latestLeaderEpoch],
      [topicIdOf(1), 1, 0],
    );
  });

  it("do not come back when it has deleted them; those it has never heard of are there", () => {
    const bench = benchWith(topic(1, "orders"), partition(1, 0), removal(1));
    bench.writePartition("orders-0", topicIdOf(1), [0, 3]);
    bench.writePartition("unheard-0", TOPIC_IDS[0], [4]);
    const { topics } = bench.stock();
    assert.deepEqual(topics, [
      {
        name: "unheard",
        topicId: TOPIC_IDS[0],
        partitionCount: 1,
        latestLeaderEpoch: 4,
        configs: null,
      },
    ]);
    assert.deepEqual(warnings(bench), [
      "directories of topics that Kafka has deleted are not taken over",
    ]);
  });

  it("are taken over where this node held any of them", () => {
    const bench = benchWith(
      ...[topic(1, "both"), partition(1, 0), partition(1, 1, { replicas: [2, 3] })],
      ...[topic(2, "theirs"), partition(2, 0, { replicas: [2] })],
      ...[topic(3, "moved"), partition(3, 0, { replicas: [2] })],
    );
    bench.writePartition("moved-0", topicIdOf(3));
    assert.deepEqual(
      bench.stock().topics.map(({ name, partitionCount }) => [name, partitionCount]),
      [
        ["both", 2],
        ["moved", 1],
      ],
    );
    assert.deepEqual(warnings(bench), [
      "partitions that only other nodes hold begin empty here",
      "a topic that only other nodes hold is not taken over",
    ]);
  });

  it("come with what the cluster was told", () => {
    const bench = benchWith(
      ...[producerIds(4_000), config(4, "", "log.retention.ms", "1")],
      ...[config(4, "1", "log.cleaner.threads", "2"), config(4, "2", "log.cleaner.threads", "3")],
    );
    assert.deepEqual(bench.stock().cluster, {
      metadataVersion: 25,
      nextProducerId: 4_000,
      ownConfigs: { "log.cleaner.threads": "2" },
      allBrokersConfigs: { "log.retention.ms": "1" },
    });
  });

  it("are told by their directories where it is damaged, and one line says so", () => {
    const bench = benchWith(topic(1, "orders"), topic(1, "twice"));
    bench.writePartition("orders-0", TOPIC_IDS[0], [5]);
    const { topics, cluster } = bench.stock();
    assert.deepEqual(topics, [
      {
        name: "orders",
        topicId: TOPIC_IDS[0],
        partitionCount: 1,
        latestLeaderEpoch: 5,
        configs: null,
      },
    ]);
    assert.equal(cluster, null);
    assert.deepEqual(warnings(bench), [
      "Kafka's metadata log cannot be used: topics are told by their directories alone",
    ]);
  });

  it("are asked for again where it may not be read: they are taken over once", () => {
    const bench = benchWith(topic(1, "orders"), partition(1, 0));
    bench.harness.disk.failNext("read", "EACCES");
    const asked = bench.harness.ask(logDirectoryRef(), "takeStock", { nodeId: 1 });
    assert.equal(asked.value.ok ? "" : asked.value.fault, "EACCES");
    assert.equal(bench.stock().topics.length, 1);
  });
});
