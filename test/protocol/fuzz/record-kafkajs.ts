// What kafkajs is made to say for the corpus: its admin, its producer, transactional too, and a
// member of a group.

import { CompressionTypes, Kafka, logLevel } from "kafkajs";

export async function kafkajs(bootstrap: string): Promise<void> {
  const kafka = new Kafka({
    clientId: "kafkajs",
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "kjs", numPartitions: 2 }] });
  await produce(kafka);
  await consume(kafka);
  await administrate(admin);
  await admin.disconnect();
}

async function produce(kafka: Kafka): Promise<void> {
  const messages = Array.from({ length: 30 }, (_, i) => ({
    key: `key ${i}`,
    value: i % 7 === 0 ? null : `value ${i}`,
    headers: { trace: String(i) },
  }));
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: "kjs", messages });
  await producer.send({ topic: "kjs", messages, compression: CompressionTypes.GZIP });
  await producer.disconnect();
  const transactional = kafka.producer({ transactionalId: "kjs-tx", maxInFlightRequests: 1 });
  await transactional.connect();
  const transaction = await transactional.transaction();
  await transaction.send({ topic: "kjs", messages });
  const topics = [{ topic: "kjs", partitions: [{ partition: 0, offset: "1" }] }];
  await transaction.sendOffsets({ consumerGroupId: "kjs-tx-group", topics });
  await transaction.commit();
  const aborted = await transactional.transaction();
  await aborted.send({ topic: "kjs", messages });
  await aborted.abort();
  await transactional.disconnect();
}

async function consume(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: "kjs-group", sessionTimeout: 6000 });
  await consumer.connect();
  await consumer.subscribe({ topics: ["kjs"], fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  await consumer.run({
    eachMessage: () => {
      if (++seen === 60) resolve();
      return Promise.resolve();
    },
  });
  await promise;
  await consumer.stop();
  await consumer.disconnect();
}

async function administrate(admin: ReturnType<Kafka["admin"]>): Promise<void> {
  await admin.fetchTopicOffsets("kjs");
  await admin.fetchTopicOffsetsByTimestamp("kjs", 0);
  await admin.fetchOffsets({ groupId: "kjs-group", topics: ["kjs"] });
  await admin.describeGroups(["kjs-group", "nobody"]);
  await admin.listGroups();
  await admin.describeCluster();
  await admin.createPartitions({ topicPartitions: [{ topic: "kjs", count: 4 }] });
  const resources = [{ type: 2, name: "kjs" }];
  await admin.describeConfigs({ includeSynonyms: true, resources });
  const configEntries = [{ name: "retention.ms", value: "5000000" }];
  const changed = [{ type: 2, name: "kjs", configEntries }];
  await admin.alterConfigs({ validateOnly: false, resources: changed });
  await admin.describeAcls({
    resourceType: 2,
    resourcePatternType: 1,
    permissionType: 1,
    operation: 1,
  });
  await admin.deleteTopicRecords({ topic: "kjs", partitions: [{ partition: 0, offset: "3" }] });
  await admin.deleteGroups(["kjs-group"]);
  await admin.deleteTopics({ topics: ["kjs"] });
}
