// The producer: batches, order, and exactly once under every fault that a broker and a network have.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "../../src/client/cluster.ts";
import type { Delivery } from "../../src/client/producer-batch.ts";
import { Producer } from "../../src/client/producer.ts";
import type { ProducerOptions } from "../../src/client/producer.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { ProduceRequest } from "../../src/protocol/messages/00-produce.ts";
import { recordCountOf } from "../../src/protocol/record-batch.ts";
import type { FakeBroker } from "./fake-broker.ts";
import { Stage } from "./stage.ts";

const utf8 = new TextEncoder();

function stageWith(options: ProducerOptions = {}, client: Partial<ClientOptions> = {}, seed = 1) {
  const stage = new Stage(seed);
  const broker = stage.broker();
  broker.addTopic("t", 3);
  const cluster = stage.cluster(broker, { requestTimeoutMs: 500, ...client });
  let isKnown = false;
  cluster.refresh(["t"], () => (isKnown = true));
  stage.until(() => isKnown);
  const producer = new Producer(cluster, options);
  const deliveries: Delivery[] = [];
  let sent = 0;
  const send = (index = 0, text = String(sent)) => {
    const at = sent++;
    const record = { value: utf8.encode(text), timestampMs: 5 };
    producer.send("t", index, record, (delivery) => {
      assert.equal(deliveries[at], undefined, `record ${at} settled twice`);
      deliveries[at] = delivery;
    });
  };
  const done = () => Object.keys(deliveries).length === sent;
  return { stage, broker, cluster, producer, deliveries, send, done };
}

const produced = (broker: FakeBroker) =>
  broker.heard.filter(({ name }) => name === "Produce").map(({ body }) => body as ProduceRequest);
const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at));
const offsets = (deliveries: Delivery[]) =>
  deliveries.map((delivery) => (delivery.kind === "ok" ? delivery.offset : delivery.kind));

test("records of one moment leave as one batch, in order, and hear their offsets", () => {
  const { stage, broker, deliveries, send, done } = stageWith();
  for (let i = 0; i < 100; i++) send();
  stage.until(done);
  assert.deepEqual(offsets(deliveries), [...numbers(100).keys()]);
  assert.equal(broker.partition("t", 0).batches.length, 1);
  assert.deepEqual(broker.partition("t", 0).texts(), numbers(100));
});

test("a batch is full before it is too large, and linger gathers", () => {
  const { stage, broker, send, done } = stageWith({ batchBytesMax: 1000, lingerMs: 50 });
  for (let i = 0; i < 30; i++) send(0, "x".repeat(200));
  stage.until(done);
  const sizes = broker.partition("t", 0).batches.map((batch) => batch.length);
  assert.ok(sizes.length >= 7 && sizes.every((size) => size <= 1061), String(sizes));
  // A record larger than the bound goes alone.
  send(0, "y".repeat(5000));
  send(0, "z");
  stage.until(done);
  assert.deepEqual(broker.partition("t", 0).batches.slice(-2).map(recordCountOf).length, 2);

  const slow = stageWith({ lingerMs: 50 });
  slow.send();
  slow.stage.pass(20);
  slow.send();
  slow.stage.until(slow.done);
  assert.equal(slow.broker.partition("t", 0).batches.length, 1);
});

test("acks 0: nobody answers, everything is sent, however much is queued", () => {
  const { stage, broker, deliveries, send, done } = stageWith({ acks: 0, batchBytesMax: 1 });
  for (let i = 0; i < 3000; i++) send();
  stage.until(done);
  assert.ok(offsets(deliveries).every((offset) => offset === -1));
  stage.until(() => broker.partition("t", 0).end === 3000);
  assert.deepEqual(broker.partition("t", 0).texts(), numbers(3000));
  assert.ok(produced(broker).every(({ acks }) => acks === 0));
});

test("an error that no retry mends is told, and what follows still goes through, in order", () => {
  const { stage, broker, deliveries, send, done } = stageWith({ batchBytesMax: 1 });
  let count = 0;
  broker.spoil = ({ name }) =>
    name === "Produce" && ++count === 3 ? { errorCode: ErrorCode.INVALID_RECORD } : undefined;
  for (let i = 0; i < 10; i++) send();
  stage.until(done);
  assert.deepEqual(deliveries[2], { kind: "refused", code: String(ErrorCode.INVALID_RECORD) });
  const others = numbers(10).filter((text) => text !== "2");
  assert.deepEqual(broker.partition("t", 0).texts(), others);
});

test("an answer that may hide an append leaves the outcome open once retries are used up", () => {
  const { stage, broker, deliveries, send, done } = stageWith({ attemptsMax: 3 });
  broker.spoil = ({ name }) =>
    name === "Produce" ? { errorCode: ErrorCode.REQUEST_TIMED_OUT } : undefined;
  send();
  stage.until(done);
  assert.equal(deliveries[0]!.kind, "unknown");
  assert.equal(produced(broker).length, 3);
  broker.spoil = ({ name }) =>
    name === "Produce" ? { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION } : undefined;
  send();
  stage.until(done);
  assert.deepEqual(deliveries[1], { kind: "refused", code: "3" });
});

test("what a leader may have taken before it stopped leading is not sent as something new", () => {
  const { stage, broker, deliveries, send, done } = stageWith({ attemptsMax: 3, batchBytesMax: 1 });
  broker.spoil = ({ name }) =>
    name === "Produce" ? { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER } : undefined;
  send();
  send();
  send();
  stage.until(done);
  assert.deepEqual(
    deliveries.map(({ kind }) => kind),
    ["unknown", "unknown", "unknown"],
  );
});

test("where one partition gives up, the others keep their identity and their order", () => {
  const { stage, broker, deliveries, send, done } = stageWith({ attemptsMax: 2, batchBytesMax: 1 });
  const isFirst = (body: unknown) =>
    (body as ProduceRequest).topicData[0]?.partitionData[0]?.index === 0;
  const errorCode = ErrorCode.REQUEST_TIMED_OUT;
  broker.spoil = ({ name }, body) =>
    name === "Produce" && isFirst(body) ? { errorCode } : undefined;
  for (let i = 0; i < 12; i++) send(i % 3);
  stage.until(done);
  for (const index of [1, 2]) {
    const texts = broker.partition("t", index).texts();
    assert.deepEqual(
      texts,
      [0, 3, 6, 9].map((at) => String(at + index)),
    );
  }
  assert.ok(deliveries.every(({ kind }, at) => (kind === "ok") === at % 3 > 0));
});

test("closing settles everything: what never left is refused, the rest is unknown", () => {
  const { stage, broker, cluster, producer, deliveries, send, done } = stageWith({
    inFlightMax: 1,
    batchBytesMax: 1,
  });
  send();
  stage.until(done);
  broker.spoil = ({ name }) => (name === "Produce" ? "silence" : undefined);
  for (let i = 0; i < 5; i++) send();
  stage.pass(20);
  cluster.close();
  stage.until(done);
  assert.deepEqual(
    deliveries.map(({ kind }) => kind),
    ["ok", "unknown", "refused", "refused", "refused", "refused"],
  );
  assert.equal(producer.pending(), 0);
  send();
  stage.until(done);
  assert.equal(deliveries.at(-1)!.kind, "refused");
});

test("with no broker there, no topic or no producer id, records are refused in the end", () => {
  const none = new Stage();
  none.broker();
  const cluster = none.cluster({ address: { host: "broker1", port: 1 } } as FakeBroker);
  const outcomes: Delivery[] = [];
  const producer = new Producer(cluster, { attemptsMax: 3 });
  producer.send("t", 0, { value: null, timestampMs: 1 }, (delivery) => outcomes.push(delivery));
  none.until(() => outcomes.length === 1);
  assert.equal(outcomes[0]!.kind, "refused");

  const { stage, broker, deliveries, send, done } = stageWith({ attemptsMax: 3 });
  broker.topics.delete("t");
  send();
  stage.until(done);
  assert.deepEqual(deliveries[0], { kind: "refused", code: "no leader" });
});

/** Every fault there is, at random, and then peace: what was told must be what is there. */
function rough(seed: number): void {
  const options = { batchBytesMax: 60, attemptsMax: 6, inFlightMax: 1 + (seed % 5) };
  const { stage, broker, deliveries, send, done } = stageWith(options, { retryBackoffMs: 5 }, seed);
  const { prng } = stage;
  const rate = prng.pick([0, 0.02, 0.1, 0.3]);
  const errors = [
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.CORRUPT_MESSAGE,
    ErrorCode.REQUEST_TIMED_OUT,
    ErrorCode.INVALID_RECORD,
  ];
  broker.spoil = ({ name }) => {
    if (name === "ApiVersions" || !prng.chance(rate)) return undefined;
    return prng.pick(["reset before", "reset after", "silence", { errorCode: prng.pick(errors) }]);
  };
  for (let burst = 0; burst < 20; burst++) {
    for (let count = prng.below(12); count > 0; count--) send(prng.below(3));
    stage.pass(prng.below(40));
  }
  stage.until(done, 600_000);
  const context = `seed ${seed}`;
  for (const index of [0, 1, 2]) {
    const texts = broker.partition("t", index).texts();
    assert.equal(new Set(texts).size, texts.length, `${context}: twice in ${index}`);
    const order = texts.map(Number);
    const sorted = [...order].sort((a, b) => a - b);
    assert.deepEqual(order, sorted, `${context}: order in ${index}`);
    deliveries.forEach((delivery, at) => {
      const found = texts.indexOf(String(at));
      if (delivery.kind === "refused") assert.equal(found, -1, `${context}: ${at} was refused`);
      if (delivery.kind === "ok" && found >= 0) assert.equal(delivery.offset, found, context);
    });
  }
  const everywhere = [0, 1, 2].flatMap((index) => broker.partition("t", index).texts());
  deliveries.forEach(({ kind }, at) => {
    if (kind === "ok") assert.ok(everywhere.includes(String(at)), `${context}: ${at} is lost`);
  });
}

test("idempotent: never twice, never out of order, never lost once told, refused means absent", () => {
  for (let seed = 1; seed <= 60; seed++) rough(seed);
});
