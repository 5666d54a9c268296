// One kafkajs consumer that commits each record before it reads the next. What it tells: readers.ts.
//
//   node test/foreign/groups/kafkajs-reader.ts BOOTSTRAP TOPIC GROUP
//
// Lives on: the developer's machine.

import { Kafka, logLevel } from "kafkajs";
import type { Told } from "./readers.ts";

const [bootstrap = "", topic = "", groupId = ""] = process.argv.slice(2);
const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

const kafka = new Kafka({ clientId: "reader", brokers: [bootstrap], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({
  groupId,
  sessionTimeout: 6_000,
  rebalanceTimeout: 10_000,
  heartbeatInterval: 300,
  maxWaitTimeInMs: 200,
});
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  tell({ at: "assigned", partitions: payload.memberAssignment[topic] ?? [] });
});
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
process.once("SIGTERM", () => void consumer.disconnect().then(() => process.exit(0)));
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ partition, message }) => {
    const offset = Number(message.offset);
    tell({ at: "read", partition, from: offset, to: offset });
    await consumer.commitOffsets([{ topic, partition, offset: String(offset + 1) }]);
    tell({ at: "committed", partition, offset: offset + 1 });
  },
});
