// A client with promises over src/client, for tests that hold a running node and want to say things
// in the order they happen. One cluster object, so one connection per broker address.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import type { Outcome } from "../../src/base/outcome.ts";
import type { TopicPlan } from "../../src/client/admin.ts";
import { Admin } from "../../src/client/admin.ts";
import { Cluster } from "../../src/client/cluster.ts";
import type { ApiPair } from "../../src/client/connection.ts";
import type { Delivery } from "../../src/client/producer-batch.ts";
import type { ProducerOptions } from "../../src/client/producer.ts";
import { Producer } from "../../src/client/producer.ts";
import { tcpSockets } from "../../src/net/sockets.ts";
import { describeError } from "../../src/protocol/error-codes.ts";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/00-produce.ts";
import { FetchRequest, FetchResponse } from "../../src/protocol/messages/01-fetch.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import type { CreateTopicsResponse } from "../../src/protocol/messages/19-create-topics.ts";
import type { RecordView } from "../../src/protocol/record-batch.ts";
import type { Draft, Infer, Message, Shape } from "../../src/protocol/schema.ts";
import { recordsFrom } from "../../src/protocol/record-batch.ts";
import { realClock } from "../../src/runtime/threads/clock.ts";

const produceApi = { request: ProduceRequest, response: ProduceResponse };
const fetchApi = { request: FetchRequest, response: FetchResponse };
const metadataApi = { request: MetadataRequest, response: MetadataResponse };

/** Far above what anything here should take: the machine may be busy. */
const REQUEST_TIMEOUT_MS = 60_000;
const FETCH_BYTES_MAX = 8 * 1024 * 1024;

export type TestClientOptions = { readonly allowAutoTopicCreation?: boolean };

export type PartitionContent = {
  /** Whole batches, as they lie in the log. */
  readonly bytes: Uint8Array;
  readonly logStartOffset: number;
  readonly highWatermark: number;
};

export class TestClient {
  readonly cluster: Cluster;
  readonly admin: Admin;

  constructor(bootstrapServers: string, options: TestClientOptions = {}) {
    const { host, port } = addressOf(bootstrapServers);
    this.cluster = new Cluster(
      { sockets: tcpSockets, clock: realClock },
      { bootstrap: [{ host, port }], requestTimeoutMs: REQUEST_TIMEOUT_MS, ...options },
    );
    this.admin = new Admin(this.cluster);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    this.cluster.close();
  }

  async createTopic(
    name: string,
    partitions = 1,
    configs: NonNullable<TopicPlan["configs"]> = {},
  ): Promise<void> {
    const answer = await settled<CreateTopicsResponse>((done) =>
      this.admin.createTopics([{ name, partitions, configs }], done),
    );
    const { errorCode, errorMessage } = answer.topics[0]!;
    assert.equal(errorName(errorCode), "NONE", errorMessage ?? "");
  }

  /** Any request, to any broker: its answer as it came. */
  ask<Q extends Shape, R extends Shape>(api: ApiPair<Q, R>, body: Draft<Message<Q>>) {
    return settled<Infer<Message<R>>>((done) => this.cluster.callAny(api, body, done));
  }

  /** All topics when none are named. */
  metadata(names: readonly string[] | null = null): Promise<MetadataResponse> {
    const topics = names === null ? null : names.map((name) => ({ name }));
    const body = { topics, allowAutoTopicCreation: false };
    return settled((done) => this.cluster.callAny(metadataApi, body, done));
  }

  /** Sends each value as a record of its own; resolves with their offsets, or rejects. */
  async produce(
    topic: string,
    index: number,
    values: readonly string[],
    options: ProducerOptions & { timestampMs?: number } = {},
  ): Promise<number[]> {
    const deliveries = await this.deliver(topic, index, values, options);
    return deliveries.map((delivery) => {
      assert.equal(delivery.kind, "ok", JSON.stringify(delivery));
      return delivery.kind === "ok" ? delivery.offset : -1;
    });
  }

  /** What came of each record. */
  deliver(
    topic: string,
    index: number,
    values: readonly string[],
    { timestampMs = Date.now(), ...options }: ProducerOptions & { timestampMs?: number } = {},
  ): Promise<Delivery[]> {
    const producer = new Producer(this.cluster, options);
    return Promise.all(
      values.map(
        (value) =>
          new Promise<Delivery>((resolve) => {
            const record = { value: Buffer.from(value), timestampMs };
            producer.send(topic, index, record, resolve);
          }),
      ),
    );
  }

  /** One Produce request with these bytes; the name of the error it was answered with. */
  async produceRaw(topic: string, index: number, records: Uint8Array): Promise<string> {
    const { topicId, leaderId } = await this.leaderOf(topic, index);
    const body = {
      acks: -1,
      timeoutMs: REQUEST_TIMEOUT_MS,
      topicData: [{ name: topic, topicId, partitionData: [{ index, records }] }],
    };
    const answer = await settled<ProduceResponse>((done) =>
      this.cluster.callBroker(leaderId, produceApi, body, done),
    );
    return errorName(answer.responses[0]!.partitionResponses[0]!.errorCode);
  }

  /** One Fetch request, answered at once. */
  fetchOnce(topic: string, index: number, fetchOffset: number) {
    return this.fetch(topic, index, fetchOffset, { maxWaitMs: 0, minBytes: 0 });
  }

  /** One Fetch request, answered when there is something to answer it with. */
  waitForRecords(topic: string, index: number, fetchOffset: number, maxWaitMs: number) {
    return this.fetch(topic, index, fetchOffset, { maxWaitMs, minBytes: 1 });
  }

  private async fetch(
    topic: string,
    index: number,
    fetchOffset: number,
    wait: { maxWaitMs: number; minBytes: number },
  ) {
    const { topicId, leaderId } = await this.leaderOf(topic, index);
    const partitions = [{ partition: index, fetchOffset, partitionMaxBytes: FETCH_BYTES_MAX }];
    const body = {
      ...wait,
      maxBytes: FETCH_BYTES_MAX,
      topics: [{ topic, topicId, partitions }],
      forgottenTopicsData: [],
    };
    const answer = await settled<FetchResponse>((done) =>
      this.cluster.callBroker(leaderId, fetchApi, body, done, {
        timeoutMs: wait.maxWaitMs + REQUEST_TIMEOUT_MS,
      }),
    );
    return answer.responses[0]!.partitions[0]!;
  }

  /** Everything there is, from the log's start to its high watermark. */
  async content(topic: string, index = 0): Promise<PartitionContent> {
    let offset = await this.listOffset(topic, index, -2);
    const logStartOffset = offset;
    const chunks: Uint8Array[] = [];
    for (;;) {
      const answer = await this.fetchOnce(topic, index, offset);
      assert.equal(errorName(answer.errorCode), "NONE");
      const records = answer.records ?? new Uint8Array(0);
      if (records.byteLength > 0) chunks.push(records);
      for (const record of recordsFrom(records, offset)) offset = record.offset + 1;
      if (records.byteLength === 0 || offset >= answer.highWatermark) {
        return {
          bytes: Buffer.concat(chunks),
          logStartOffset,
          highWatermark: answer.highWatermark,
        };
      }
    }
  }

  async records(topic: string, index = 0): Promise<RecordView[]> {
    const { bytes, logStartOffset } = await this.content(topic, index);
    return [...recordsFrom(bytes, logStartOffset)];
  }

  /** The values of all records, as text. */
  async values(topic: string, index = 0): Promise<string[]> {
    const records = await this.records(topic, index);
    return records.map(({ value }) => Buffer.from(value ?? []).toString());
  }

  async listOffset(topic: string, index: number, timestamp: number): Promise<number> {
    await this.leaderOf(topic, index);
    const answer = await settled<{ errorCode: number; offset: number }>((done) =>
      this.admin.listOffset(topic, index, timestamp, done),
    );
    assert.equal(errorName(answer.errorCode), "NONE");
    return answer.offset;
  }

  async deleteRecords(topic: string, index: number, offset: number): Promise<number> {
    await this.leaderOf(topic, index);
    const answer = await settled<{ errorCode: number; lowWatermark: number }>((done) =>
      this.admin.deleteRecords(topic, index, offset, done),
    );
    assert.equal(errorName(answer.errorCode), "NONE");
    return answer.lowWatermark;
  }

  private async leaderOf(topic: string, index: number) {
    const known = this.cluster.topic(topic)?.partitions.get(index);
    if (known === undefined) {
      await settled<null>((done) => this.cluster.refresh([topic], done));
    }
    const info = this.cluster.topic(topic);
    const partition = info?.partitions.get(index);
    assert.ok(info !== undefined && partition !== undefined, `${topic}-${index} is not known`);
    return { topicId: info.topicId, leaderId: partition.leaderId };
  }
}

export function errorName(errorCode: number): string {
  return describeError(errorCode).name;
}

export function addressOf(bootstrapServers: string): { host: string; port: number } {
  const colon = bootstrapServers.lastIndexOf(":");
  return {
    host: bootstrapServers.slice(0, colon),
    port: Number(bootstrapServers.slice(colon + 1)),
  };
}

/** The value of an outcome that a callback will hear; rejects on a fault. */
export function settled<T>(start: (done: (outcome: Outcome<T>) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((outcome) => {
      if (outcome.ok) resolve(outcome.value);
      else reject(new Error(`${outcome.fault}: ${outcome.detail}`));
    });
  });
}

/** Waits until `holds`, asked again and again, says so. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
