// The fetcher: every record once and in order, through sessions, faults and changes of mind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Fetcher } from "../../src/client/fetcher.ts";
import type { Fetched, FetcherOptions } from "../../src/client/fetcher.ts";
import { readFetched } from "../../src/client/fetched-records.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { FetchRequest } from "../../src/protocol/messages/01-fetch.ts";
import * as b from "../../src/protocol/record-batch.ts";
import type { FakeBroker } from "./fake-broker.ts";
import { Stage } from "./stage.ts";

const utf8 = new TextEncoder();
const batchOf = (...texts: string[]) =>
  b.buildBatch(texts.map((text) => ({ value: utf8.encode(text), timestampMs: 5 })));

function stageWith(options: FetcherOptions = {}, seed = 1, partitions = 2) {
  const stage = new Stage(seed);
  const broker = stage.broker();
  broker.addTopic("t", partitions);
  const cluster = stage.cluster(broker, { requestTimeoutMs: 300, retryBackoffMs: 5 });
  const read = Array.from({ length: partitions }, (): string[] => []);
  const errors: number[] = [];
  const take = ({ index, errorCode, records, fetchOffset }: Fetched) => {
    if (errorCode !== ErrorCode.NONE) {
      errors.push(errorCode);
      return errorCode === ErrorCode.OFFSET_OUT_OF_RANGE ? 0 : fetchOffset;
    }
    const answer = readFetched(records, fetchOffset);
    read[index]!.push(...answer.records.map(({ value }) => new TextDecoder().decode(value!)));
    return answer.nextOffset;
  };
  const fetcher = new Fetcher(cluster, { maxWaitMs: 100, ...options }, take);
  return { stage, broker, cluster, fetcher, read, errors };
}

const fetches = (broker: FakeBroker) =>
  broker.heard.filter(({ name }) => name === "Fetch").map(({ body }) => body as FetchRequest);
const named = ({ topics }: FetchRequest) =>
  topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));

for (const sessions of [true, false]) {
  test(`sessions ${sessions}: what is there and what comes later is read once, in order`, () => {
    const { stage, broker, fetcher, read } = stageWith({ sessions });
    broker.partition("t", 0).append(batchOf("a", "b"));
    fetcher.assign("t", 0, 0);
    fetcher.assign("t", 1, 0);
    stage.until(() => read[0]!.length === 2);
    broker.partition("t", 0).append(batchOf("c"));
    broker.partition("t", 1).append(batchOf("x"));
    stage.until(() => read[0]!.length === 3 && read[1]!.length === 1);
    stage.pass(500);
    assert.deepEqual(read, [["a", "b", "c"], ["x"]]);
    const all = fetches(broker);
    assert.ok(all.every(({ sessionEpoch }) => sessionEpoch === -1) === !sessions);
    // In a session what has not moved is not named again.
    if (sessions) assert.deepEqual(named(all.at(-1)!), []);
    else assert.deepEqual(named(all.at(-1)!), [0, 1]);
  });
}

test("it begins inside a batch, and goes on behind the end of one", () => {
  const { stage, broker, fetcher, read } = stageWith();
  broker.partition("t", 0).append(batchOf("a", "b", "c"));
  fetcher.assign("t", 0, 2);
  stage.until(() => read[0]!.length > 0);
  assert.deepEqual(read[0], ["c"]);
});

test("an offset out of range is told, and the owner says where to go on", () => {
  const { stage, broker, fetcher, read, errors } = stageWith();
  broker.partition("t", 0).append(batchOf("a"));
  fetcher.assign("t", 0, 77);
  stage.until(() => read[0]!.length > 0);
  assert.deepEqual([read[0], errors], [["a"], [ErrorCode.OFFSET_OUT_OF_RANGE]]);
});

test("a partition that is dropped, or assigned anew, is forgotten, or read from there", () => {
  const { stage, broker, fetcher, read } = stageWith();
  broker.partition("t", 0).append(batchOf("a"));
  fetcher.assign("t", 0, 0);
  fetcher.assign("t", 1, 0);
  stage.until(() => read[0]!.length === 1);
  stage.pass(10);
  fetcher.unassign("t", 0);
  broker.partition("t", 0).append(batchOf("b"));
  broker.partition("t", 1).append(batchOf("x"));
  stage.until(() => read[1]!.length === 1);
  stage.pass(300);
  assert.deepEqual(read, [["a"], ["x"]]);
  assert.ok(fetches(broker).some(({ forgottenTopicsData }) => forgottenTopicsData.length > 0));
  fetcher.assign("t", 0, 0);
  stage.until(() => read[0]!.length === 3);
  assert.deepEqual(read[0], ["a", "a", "b"]);
});

test("a session that the broker has forgotten is opened anew", () => {
  const { stage, broker, fetcher, read } = stageWith();
  let count = 0;
  broker.spoil = ({ name }) => (name === "Fetch" && ++count % 3 === 0 ? "reset after" : undefined);
  fetcher.assign("t", 0, 0);
  for (let number = 0; number < 20; number++) {
    broker.partition("t", 0).append(batchOf(String(number)));
    stage.pass(50);
  }
  stage.until(() => read[0]!.length >= 20);
  assert.deepEqual(
    read[0],
    Array.from({ length: 20 }, (_, at) => String(at)),
  );
});

test("a leader that has moved is found, and a topic that comes later as well", () => {
  const { stage, broker, cluster, fetcher, read } = stageWith();
  const second = stage.broker(2);
  second.topics.set("t", broker.topics.get("t")!);
  broker.partition("t", 0).append(batchOf("a"));
  fetcher.assign("t", 0, 0);
  fetcher.assign("later", 0, 0);
  stage.until(() => read[0]!.length === 1);
  broker.brokers = second.brokers = [...broker.brokers, ...second.brokers];
  broker.leaderOf = second.leaderOf = () => 2;
  broker.spoil = ({ name }) =>
    name === "Fetch" ? { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER } : undefined;
  broker.partition("t", 0).append(batchOf("b"));
  stage.until(() => read[0]!.length === 2);
  assert.equal(cluster.topic("t")!.partitions.get(0)!.leaderId, 2);
  assert.ok(fetches(second).length > 0);
  broker.topics.set("later", second.topics.get("t")!.slice(1));
  second.topics.set("later", broker.topics.get("later")!);
  second.partition("later", 0).append(batchOf("z"));
  stage.until(() => read[0]!.includes("z"));
});

test("closed, it asks nothing more", () => {
  const { stage, broker, fetcher, read } = stageWith();
  fetcher.assign("t", 0, 0);
  stage.pass(50);
  fetcher.close();
  broker.partition("t", 0).append(batchOf("a"));
  stage.pass(1000);
  const count = broker.heard.length;
  stage.pass(1000);
  assert.deepEqual([read[0], broker.heard.length], [[], count]);
});

test("a waiting fetch holds up no other question", () => {
  const { stage, cluster, fetcher } = stageWith({ maxWaitMs: 10_000 });
  fetcher.assign("t", 0, 0);
  stage.pass(100);
  let isAnswered = false;
  cluster.refresh(["t"], () => (isAnswered = true));
  stage.until(() => isAnswered, 20);
});

test("under every fault: all records, once, in order", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { stage, broker, fetcher, read } = stageWith({ sessions: seed % 3 > 0 }, seed);
    const { prng } = stage;
    const rate = prng.pick([0.05, 0.2, 0.4]);
    broker.spoil = ({ name }) => {
      if (name === "ApiVersions" || !prng.chance(rate)) return undefined;
      const errorCode = prng.pick([
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.KAFKA_STORAGE_ERROR,
      ]);
      return prng.pick(["reset before", "reset after", "silence", { errorCode }]);
    };
    fetcher.assign("t", 0, 0);
    fetcher.assign("t", 1, 0);
    const written: string[][] = [[], []];
    for (let number = 0; number < 60; number++) {
      const index = prng.below(2);
      const texts = Array.from({ length: prng.between(1, 3) }, (_, at) => `${number}.${at}`);
      broker.partition("t", index).append(batchOf(...texts));
      written[index]!.push(...texts);
      stage.pass(prng.below(60));
    }
    stage.until(() => [0, 1].every((at) => read[at]!.length >= written[at]!.length), 600_000);
    assert.deepEqual(read, written, `seed ${seed}`);
  }
});
