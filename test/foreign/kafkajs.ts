// kafkajs 2.2: 100,000 records with its defaults to six partitions, read back by kcat and compared;
// then its admin client. It negotiates old versions (Produce 7, Fetch 11, Metadata 6).

import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { against, freshName, must } from "./harness.ts";

const recordCount = 100_000;
const recordsPerSend = 2_000;

await against(async (checks, bootstrap) => {
  const kafka = new Kafka({
    clientId: "foreign",
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const topic = freshName("kafkajs");

  await checks.check("creates a topic of six partitions", async () => {
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 6 }] }), true);
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    assert.equal(topics[0]?.partitions.length, 6);
  });

  await checks.check(`produces ${recordCount} records, kcat reads the same back`, async () => {
    const producer = kafka.producer();
    await producer.connect();
    const values = Array.from({ length: recordCount }, (_, i) => `${i} ${"x".repeat(i % 100)}`);
    for (let at = 0; at < recordCount; at += recordsPerSend) {
      const messages = values.slice(at, at + recordsPerSend).map((value) => ({ value }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    const words = ["-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q"];
    const read = (await must("kcat", words, { timeoutMs: 60_000 })).trimEnd().split("\n");
    const byNumber = (a: string, b: string): number => Number.parseInt(a) - Number.parseInt(b);
    assert.equal(read.length, recordCount);
    assert.deepEqual(read.toSorted(byNumber), values);
  });

  await checks.check("gzip, keys and headers", async () => {
    const zipped = freshName("kafkajs");
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const message = { key: "k", value: "v", headers: { trace: "1" } };
    // 1 is kafkajs's gzip.
    await producer.send({ topic: zipped, compression: 1, messages: [message] });
    await producer.disconnect();
    const words = ["-b", bootstrap, "-C", "-t", zipped, "-o", "beginning", "-e", "-q", "-J"];
    const read = JSON.parse(await must("kcat", words)) as Record<string, unknown>;
    assert.deepEqual([read["key"], read["payload"], read["headers"]], ["k", "v", ["trace", "1"]]);
  });

  await checks.check("offsets, also by time, and deletion of records", async () => {
    const offsets = await admin.fetchTopicOffsets(topic);
    const total = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    assert.equal(total, recordCount);
    const byTime = await admin.fetchTopicOffsetsByTimestamp(topic, 1);
    assert.ok(byTime.every(({ offset }) => offset === "0"));
    const { partition, high } = offsets[0]!;
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: high }] });
    const after = await admin.fetchTopicOffsets(topic);
    const emptied = after.find((each) => each.partition === partition)!;
    assert.equal(emptied.low, high);
  });

  await checks.check("configs, partitions, deletion", async () => {
    const resource = { type: 2, name: topic };
    const altered = { ...resource, configEntries: [{ name: "retention.ms", value: "600000" }] };
    await admin.alterConfigs({ validateOnly: false, resources: [altered] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ ...resource, configNames: ["retention.ms"] }],
    });
    assert.equal(resources[0]?.configEntries[0]?.configValue, "600000");
    await admin.createPartitions({ topicPartitions: [{ topic, count: 8 }] });
    assert.equal(
      (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length,
      8,
    );
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
  });

  await checks.check("describes the cluster", async () => {
    const { brokers, controller } = await admin.describeCluster();
    assert.equal(brokers.length, 1);
    assert.equal(`${brokers[0]!.host}:${brokers[0]!.port}`, bootstrap);
    assert.equal(controller, brokers[0]!.nodeId);
  });
  await admin.disconnect();
});
