// The short run that belongs to `npm test`: a node from the sources, kafkajs produces and its admin
// client looks, the TypeScript client reads the same bytes back. Nothing but npm packages is needed;
// kcat has a word too where it is installed.

import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { against, freshName, must, run } from "./harness.ts";

await against(async (checks, bootstrap) => {
  const kafka = new Kafka({ clientId: "smoke", brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const topic = freshName("smoke");
  const values = Array.from({ length: 1_000 }, (_, i) => `value ${i}`);

  await checks.check("kafkajs creates a topic and produces to it", async () => {
    const admin = kafka.admin();
    await admin.connect();
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }), true);
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
    const offsets = await admin.fetchTopicOffsets(topic);
    assert.equal(offsets[0]?.high, String(values.length));
    await admin.disconnect();
  });

  const kcat = await run("kcat", ["-V"]);
  if (kcat.code === 0) {
    await checks.check("kcat reads it back", async () => {
      const words = ["-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q"];
      assert.deepEqual((await must("kcat", words)).trimEnd().split("\n"), values);
    });
  }
});
