// The client with promises, for people, tests and tools. A thin face: everything it knows is in the
// callback core, which the simulator drives.
//
//   const client = new Client(ports, { bootstrap: [{ host: "127.0.0.1", port: 9092 }] });
//   await client.createTopic({ name: "words", partitions: 3 });
//   const producer = client.producer({ lingerMs: 5 });
//   const { partition, offset } = await producer.send("words", { key: "k", value: "v" });
//   const consumer = client.consumer([{ topic: "words", partition, offset: 0 }]);
//   for await (const record of consumer) break;
//   client.close();
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../base/outcome.ts";
import { describeError, ErrorCode } from "../protocol/error-codes.ts";
import type { TopicPlan } from "./admin.ts";
import { Admin } from "./admin.ts";
import { ClientError } from "./client-error.ts";
import type { ClientOptions } from "./cluster.ts";
import { Cluster } from "./cluster.ts";
import type { ClientPorts } from "./connection.ts";
import type { Assignment } from "./consumer.ts";
import { Consumer } from "./consumer.ts";
import type { FetcherOptions } from "./fetcher.ts";
import type { GroupConsumerOptions } from "./group/group-consumer-options.ts";
import type { PromisingListener } from "./group/promising-group-consumer.ts";
import { PromisingGroupConsumer } from "./group/promising-group-consumer.ts";
import type { Delivery } from "./producer-batch.ts";
import type { ProducerOptions } from "./producer.ts";
import { Producer } from "./producer.ts";
import { RecordRouter } from "./record-router.ts";

export type RecordInput = {
  readonly key?: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, Uint8Array | string | null>>;
  readonly timestampMs?: number;
  /** Left out: chosen by the key, or in turn. */
  readonly partition?: number;
};

export type Sent = { readonly partition: number; readonly offset: number };

const TOPIC = 2;
const utf8 = new TextEncoder();

export class Client {
  readonly cluster: Cluster;
  readonly admin: Admin;
  private readonly consumers = new Set<Consumer>();
  private readonly groupConsumers = new Set<PromisingGroupConsumer>();

  constructor(ports: ClientPorts, options: ClientOptions) {
    this.cluster = new Cluster(ports, options);
    this.admin = new Admin(this.cluster);
  }

  producer(options: ProducerOptions = {}): PromisingProducer {
    return new PromisingProducer(this.cluster, options);
  }

  /** Reads these partitions from these offsets on. */
  consumer(assignments: readonly Assignment[], options: FetcherOptions = {}): Consumer {
    const consumer = new Consumer(this.cluster, assignments, options, () => {
      this.consumers.delete(consumer);
    });
    this.consumers.add(consumer);
    return consumer;
  }

  /** Shares the topics it subscribes to with the other members of its group. */
  groupConsumer(
    options: GroupConsumerOptions,
    listener: PromisingListener = {},
  ): PromisingGroupConsumer {
    const consumer = new PromisingGroupConsumer(this.cluster, options, listener, () => {
      this.groupConsumers.delete(consumer);
    });
    this.groupConsumers.add(consumer);
    return consumer;
  }

  /** How many partitions the topic has. */
  async partitionCount(topic: string): Promise<number> {
    await settled<null>((done) => this.cluster.refresh([topic], done));
    const known = this.cluster.topic(topic);
    if (known === undefined) throw new ClientError("refused", "UNKNOWN_TOPIC_OR_PARTITION", topic);
    return known.partitions.size;
  }

  async createTopic(plan: TopicPlan): Promise<void> {
    const answer = await settled<Answered>((done) => this.admin.createTopics([plan], done));
    accept(answer.topics?.[0], plan.name);
  }

  async deleteTopic(name: string): Promise<void> {
    const answer = await settled<Answered>((done) => this.admin.deleteTopics([name], done));
    accept(answer.responses?.[0], name);
  }

  async createPartitions(topic: string, count: number): Promise<void> {
    const answer = await settled<Answered>((done) => {
      this.admin.createPartitions(topic, count, done);
    });
    accept(answer.results?.[0], topic);
  }

  async topicConfigs(topic: string): Promise<Map<string, string | null>> {
    const answer = await settled<Described>((done) => {
      this.admin.describeConfigs(TOPIC, topic, done);
    });
    const result = accept(answer.results[0], topic);
    return new Map(result.configs.map(({ name, value }) => [name, value]));
  }

  /** `null` brings the default back. */
  async setTopicConfigs(
    topic: string,
    values: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const answer = await settled<Answered>((done) => {
      this.admin.setConfigs(TOPIC, topic, values, done);
    });
    accept(answer.responses?.[0], topic);
  }

  /** `timestamp`: a time in milliseconds, -1 for the end, -2 for the start. -1: there is none. */
  async offsetAt(topic: string, partition: number, timestamp: number): Promise<number> {
    const answer = await settled<{ errorCode: number; offset: number }>((done) => {
      this.admin.listOffset(topic, partition, timestamp, done);
    });
    return accept(answer, `${topic}-${partition}`).offset;
  }

  /** Gives where the partition begins from now on. -1: all that is visible goes. */
  async deleteRecords(topic: string, partition: number, before: number): Promise<number> {
    const answer = await settled<{ errorCode: number; lowWatermark: number }>((done) => {
      this.admin.deleteRecords(topic, partition, before, done);
    });
    return accept(answer, `${topic}-${partition}`).lowWatermark;
  }

  /** What is still under way ends as refused or unknown; consumers end. Who is to leave its group in
   * good order is closed before. */
  close(): void {
    for (const consumer of this.consumers) consumer.close();
    for (const consumer of this.groupConsumers) void consumer.close();
    this.cluster.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

export class PromisingProducer {
  private readonly cluster: Cluster;
  private readonly producer: Producer;
  private readonly router: RecordRouter;
  private readonly underWay = new Set<Promise<Sent>>();

  constructor(cluster: Cluster, options: ProducerOptions) {
    this.cluster = cluster;
    this.producer = new Producer(cluster, options);
    this.router = new RecordRouter(cluster, this.producer, options.attemptsMax);
  }

  /** Resolves when the record is where `acks` wants it; rejects with a `ClientError`. */
  send(topic: string, input: RecordInput): Promise<Sent> {
    const { partition, timestampMs = this.cluster.ports.clock.wallMs(), headers } = input;
    const record = {
      key: bytesOf(input.key ?? null),
      value: bytesOf(input.value),
      timestampMs,
      headers: Object.entries(headers ?? {}).map(([key, value]) => ({
        key,
        value: bytesOf(value),
      })),
    };
    const sent = new Promise<Sent>((resolve, reject) => {
      const hear = (delivery: Delivery, index: number) => {
        if (delivery.kind === "ok") resolve({ partition: index, offset: delivery.offset });
        else reject(new ClientError(delivery.kind, nameOf(delivery.code), topic));
      };
      if (partition === undefined) this.router.send(topic, record, hear);
      else this.producer.send(topic, partition, record, (delivery) => hear(delivery, partition));
    });
    this.underWay.add(sent);
    const forget = () => void this.underWay.delete(sent);
    sent.then(forget, forget);
    return sent;
  }

  /** Waits until everything sent so far is settled, well or not. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }
}

function bytesOf(value: Uint8Array | string | null): Uint8Array | null {
  return typeof value === "string" ? utf8.encode(value) : value;
}

/** A delivery tells error codes as numbers; faults and sentences stay what they are. */
function nameOf(code: string): string {
  return /^-?\d+$/.test(code) ? describeError(Number(code)).name : code;
}

type Coded = { readonly errorCode: number; readonly errorMessage?: string | null };
type Answered = {
  readonly topics?: readonly Coded[];
  readonly responses?: readonly Coded[];
  readonly results?: readonly Coded[];
};
type Described = {
  readonly results: readonly (Coded & {
    readonly configs: readonly { readonly name: string; readonly value: string | null }[];
  })[];
};

async function settled<T>(ask: (done: (outcome: Outcome<T>) => void) => void): Promise<T> {
  const outcome = await new Promise<Outcome<T>>((resolve) => ask(resolve));
  if (outcome.ok) return outcome.value;
  throw ClientError.ofFault(outcome);
}

function accept<T extends Coded>(answer: T | undefined, about: string): T {
  if (answer === undefined) throw new ClientError("unknown", "an answer without it", about);
  if (answer.errorCode === ErrorCode.NONE) return answer;
  const { name } = describeError(answer.errorCode);
  throw new ClientError("refused", name, answer.errorMessage ?? about);
}
