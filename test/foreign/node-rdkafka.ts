// node-rdkafka 3.6 (librdkafka 2.x): 100,000 records with its defaults to six partitions, read back by
// assignment without commits, same bytes.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { against, freshName } from "./harness.ts";
import { rdkafkaLibrary } from "./rdkafka-library.ts";

const recordCount = 100_000;
const partitionCount = 6;

/** As much of node-rdkafka as is used here. */
type Assignment = { topic: string; partition: number; offset?: number };
type Received = { value: Buffer | null; partition: number; offset: number };
type Failure = Error | null;
type Client = {
  connect(options: object, done: (failure: Failure) => void): void;
  disconnect(done: () => void): void;
  on(event: string, listener: (detail: unknown) => void): void;
};
type Producer = Client & {
  setPollInterval(ms: number): void;
  produce(topic: string, partition: number | null, value: Buffer): boolean;
  flush(timeoutMs: number, done: (failure: Failure) => void): void;
};
type Consumer = Client & {
  assign(assignments: readonly Assignment[]): void;
  consume(count: number, done: (failure: Failure, received: readonly Received[]) => void): void;
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeoutMs: number,
    done: (failure: Failure, offsets: { lowOffset: number; highOffset: number }) => void,
  ): void;
};
type Admin = {
  createTopic(topic: object, done: (failure: Failure) => void): void;
  deleteTopic(name: string, done: (failure: Failure) => void): void;
  disconnect(): void;
};
type Library = {
  librdkafkaVersion: string;
  Producer: new (config: object) => Producer;
  KafkaConsumer: new (config: object, topicConfig: object) => Consumer;
  AdminClient: { create(config: object): Admin };
};

function called<T>(start: (done: (failure: Failure, result?: T) => void) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  start((failure, result) => (failure ? reject(failure) : resolve(result as T)));
  return promise;
}

const value = (number: number): Buffer => Buffer.from(`${number} ${"y".repeat(number % 90)}`);

async function produce(rdkafka: Library, bootstrap: string, topic: string): Promise<void> {
  const producer = new rdkafka.Producer({ "metadata.broker.list": bootstrap, dr_cb: true });
  let delivered = 0;
  const failures: unknown[] = [];
  producer.on("delivery-report", (failure) => (failure ? failures.push(failure) : delivered++));
  await called((done) => producer.connect({}, done));
  producer.setPollInterval(20);
  for (let number = 0; number < recordCount;) {
    try {
      producer.produce(topic, number % partitionCount, value(number));
      number++;
    } catch (error) {
      if (!String(error).includes("Queue full")) throw error;
      await called((done) => producer.flush(5_000, done));
    }
  }
  await called((done) => producer.flush(30_000, done));
  // Reports come in portions, at each poll.
  for (let waits = 0; delivered + failures.length < recordCount && waits < 500; waits++) {
    await sleep(20);
  }
  await called((done) => producer.disconnect(() => done(null)));
  assert.deepEqual(failures, []);
  assert.equal(delivered, recordCount);
}

async function readBack(rdkafka: Library, bootstrap: string, topic: string): Promise<void> {
  const consumer = new rdkafka.KafkaConsumer(
    { "metadata.broker.list": bootstrap, "group.id": "unused", "enable.auto.commit": false },
    { "auto.offset.reset": "earliest" },
  );
  await called((done) => consumer.connect({}, done));
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  consumer.assign(partitions.map((partition) => ({ topic, partition, offset: 0 })));
  const next = partitions.map((partition) => partition);
  for (let read = 0; read < recordCount;) {
    const received = await called<readonly Received[]>((done) => consumer.consume(5_000, done));
    if (received.length === 0) throw new Error(`nothing more after ${read} records`);
    for (const { value: bytes, partition } of received) {
      assert.equal(bytes?.toString(), value(next[partition]!).toString());
      next[partition]! += partitionCount;
      read++;
    }
  }
  const offsets = await called<{ lowOffset: number; highOffset: number }>((done) =>
    consumer.queryWatermarkOffsets(topic, 0, 5_000, done),
  );
  assert.deepEqual(offsets, { lowOffset: 0, highOffset: Math.ceil(recordCount / partitionCount) });
  await called((done) => consumer.disconnect(() => done(null)));
}

const rdkafka = rdkafkaLibrary() as Library;
console.log(`librdkafka ${rdkafka.librdkafkaVersion}`);

await against(async (checks, bootstrap) => {
  const topic = freshName("rdkafka");
  const admin = rdkafka.AdminClient.create({ "metadata.broker.list": bootstrap });
  await checks.check("creates a topic", () =>
    called<void>((done) =>
      admin.createTopic({ topic, num_partitions: partitionCount, replication_factor: 1 }, done),
    ),
  );
  await checks.check(`produces ${recordCount} records`, () => produce(rdkafka, bootstrap, topic));
  await checks.check("reads the same back by assignment", () =>
    readBack(rdkafka, bootstrap, topic),
  );
  await checks.check("deletes the topic", () =>
    called<void>((done) => admin.deleteTopic(topic, done)),
  );
  admin.disconnect();
});
