// The face with promises, over fake brokers; against a real node it is used by the node's own tests.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "../../src/client/client-error.ts";
import { Client } from "../../src/client/promises.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { Stage } from "./stage.ts";

function stageWith(partitions = 3) {
  const stage = new Stage();
  const broker = stage.broker();
  broker.addTopic("words", partitions);
  const options = { bootstrap: [broker.address], requestTimeoutMs: 200, retryBackoffMs: 5 };
  return { stage, broker, client: new Client(stage.ports, options) };
}

test("records by key come to one partition, and are read back with everything they had", async () => {
  const { stage, client } = stageWith();
  const producer = client.producer();
  const headers = { trace: "1", empty: null };
  const sent = await stage.settled(
    Promise.all([
      producer.send("words", { key: "k", value: "one", headers, timestampMs: 42 }),
      producer.send("words", { key: "k", value: "two" }),
      producer.send("words", { key: "k", value: null }),
    ]),
  );
  const { partition } = sent[0]!;
  assert.deepEqual(
    sent,
    [0, 1, 2].map((offset) => ({ partition, offset })),
  );
  const consumer = client.consumer([{ topic: "words", partition, offset: 0 }]);
  const records = await stage.settled(consumer.next());
  assert.equal(records!.length, 3);
  const { key, value, timestamp, topic, headers: read } = records![0]!;
  const text = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);
  assert.deepEqual([topic, text(key), text(value), timestamp], ["words", "k", "one", 42]);
  assert.deepEqual(
    read.map((header) => [header.key, text(header.value)]),
    [
      ["trace", "1"],
      ["empty", null],
    ],
  );
  assert.equal(records![2]!.value, null);
  consumer.close();
  assert.equal(await consumer.next(), undefined);
});

test("without a key records fill one partition after the other", async () => {
  const { stage, broker, client } = stageWith();
  const producer = client.producer();
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 10; i++) void producer.send("words", { value: `${round}.${i}` });
    await stage.settled(producer.flush());
  }
  for (const partition of broker.topics.get("words")!) {
    assert.deepEqual([partition.batches.length, partition.end], [2, 20]);
  }
});

test("a consumer is a stream of records that ends with its loop", async () => {
  const { stage, client } = stageWith(1);
  const producer = client.producer();
  for (let i = 0; i < 5; i++) void producer.send("words", { value: String(i), partition: 0 });
  await stage.settled(producer.flush());
  const read: number[] = [];
  const loop = async () => {
    for await (const { offset } of client.consumer([{ topic: "words", partition: 0, offset: 1 }])) {
      read.push(offset);
      if (offset === 4) break;
    }
  };
  await stage.settled(loop());
  assert.deepEqual(read, [1, 2, 3, 4]);
});

test("a refusal and an open outcome are told apart", async () => {
  const { stage, broker, client } = stageWith();
  await stage.settled(client.partitionCount("words"));
  const kindOf = async (errorCode: number) => {
    broker.spoil = ({ name }) => (name === "Produce" ? { errorCode } : undefined);
    const sending = client.producer({ attemptsMax: 2 }).send("words", { value: "x" });
    const error: unknown = await stage.settled(sending.then(null, (reason: unknown) => reason));
    assert.ok(error instanceof ClientError);
    return `${error.kind} ${error.code}`;
  };
  assert.equal(await kindOf(ErrorCode.INVALID_RECORD), "refused INVALID_RECORD");
  assert.equal(await kindOf(ErrorCode.REQUEST_TIMED_OUT), "unknown REQUEST_TIMED_OUT");
});

test("offsets and partitions are asked for; what is not there is an error", async () => {
  const { stage, client } = stageWith();
  const producer = client.producer();
  await stage.settled(producer.send("words", { value: "x", partition: 1 }));
  assert.equal(await stage.settled(client.offsetAt("words", 1, -1)), 1);
  assert.equal(await stage.settled(client.offsetAt("words", 1, -2)), 0);
  assert.equal(await stage.settled(client.partitionCount("words")), 3);
  await assert.rejects(stage.settled(client.partitionCount("none")), /UNKNOWN_TOPIC/);
  await assert.rejects(
    stage.settled(client.producer({ attemptsMax: 2 }).send("none", { value: "" })),
  );
});

test("a consumer gives up on what no retry mends", async () => {
  const { stage, broker, client } = stageWith(1);
  broker.spoil = ({ name }) =>
    name === "Fetch" ? { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED } : undefined;
  const consumer = client.consumer([{ topic: "words", partition: 0, offset: 0 }]);
  await assert.rejects(stage.settled(consumer.next()), /TOPIC_AUTHORIZATION_FAILED/);
});

test("a closed client settles what is open", async () => {
  const { stage, broker, client } = stageWith();
  broker.spoil = ({ name }) => (name === "Produce" ? "silence" : undefined);
  const sending = client.producer().send("words", { value: "x" });
  stage.pass(100);
  const heard = sending.then(null, (error: unknown) => (error as ClientError).kind);
  const next = client.consumer([{ topic: "words", partition: 0, offset: 0 }]).next();
  client.close();
  assert.equal(await stage.settled(next), undefined);
  assert.equal(await stage.settled(heard), "unknown");
  await assert.rejects(stage.settled(client.partitionCount("words")), /stopped/);
});
