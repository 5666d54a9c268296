// The short run that belongs to `npm test`: a node from the sources, kafkajs makes a topic and
// produces, the TypeScript client reads the same bytes back and produces more. Nothing but npm packages
// is needed; kcat has a word too where it is installed.

import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { Cluster } from "../../src/client/cluster.ts";
import { Fetcher } from "../../src/client/fetcher.ts";
import { Producer } from "../../src/client/producer.ts";
import { tcpSockets } from "../../src/net/sockets.ts";
import { recordsFrom } from "../../src/protocol/record-batch.ts";
import { realClock } from "../../src/runtime/threads/clock.ts";
import { against, freshName, must, run } from "./harness.ts";

const count = 1_000;
const values = Array.from({ length: 2 * count }, (_, i) => `value ${i}`);

function ourClient(bootstrap: string): Cluster {
  const [host, port] = bootstrap.split(":");
  const address = { host: host!, port: Number(port) };
  return new Cluster({ sockets: tcpSockets, clock: realClock }, { bootstrap: [address] });
}

async function withKafkajs(bootstrap: string, topic: string): Promise<void> {
  const kafka = new Kafka({ clientId: "smoke", brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }), true);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.slice(0, count).map((value) => ({ value })) });
  await producer.disconnect();
  const offsets = await admin.fetchTopicOffsets(topic);
  assert.equal(offsets[0]?.high, String(count));
  await admin.disconnect();
}

function produceMore(cluster: Cluster, topic: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const producer = new Producer(cluster, { compression: "zstd" });
  let acked = 0;
  for (const value of values.slice(count)) {
    const record = { value: new TextEncoder().encode(value), timestampMs: Date.now() };
    producer.send(topic, 0, record, (delivery) => {
      if (delivery.kind !== "ok") reject(new Error(JSON.stringify(delivery)));
      else if (++acked === count) resolve();
    });
  }
  return promise;
}

function readAll(cluster: Cluster, topic: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const read: string[] = [];
  const fetcher = new Fetcher(cluster, {}, ({ records, fetchOffset, errorCode }) => {
    if (errorCode !== 0) reject(new Error(`error ${errorCode}`));
    let next = fetchOffset;
    for (const { offset, value } of recordsFrom(records, fetchOffset)) {
      read.push(new TextDecoder().decode(value!));
      next = offset + 1;
    }
    if (read.length < values.length) return next;
    fetcher.close();
    resolve(read);
    return undefined;
  });
  fetcher.assign(topic, 0, 0);
  return promise;
}

await against(async (checks, bootstrap) => {
  const topic = freshName("smoke");
  const cluster = ourClient(bootstrap);
  await checks.check("kafkajs creates a topic and produces to it", () =>
    withKafkajs(bootstrap, topic),
  );
  await checks.check("the TypeScript client produces more, compressed", () =>
    produceMore(cluster, topic),
  );
  await checks.check("the TypeScript client reads all of it", async () => {
    assert.deepEqual(await readAll(cluster, topic), values);
  });
  cluster.close();
  if ((await run("kcat", ["-V"])).code === 0) {
    await checks.check("kcat reads all of it", async () => {
      const words = ["-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q"];
      assert.deepEqual((await must("kcat", words)).trimEnd().split("\n"), values);
    });
  }
});
