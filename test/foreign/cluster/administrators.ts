// Clients of the metadata that keep account of what they were told: topics of which each has its own name,
// and names that all of them create and delete. In the end what is there must agree with all of it.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";
import { Admin } from "../../../src/client/admin.ts";
import { Cluster } from "../../../src/client/cluster.ts";
import { tcpSockets } from "../../../src/net/sockets.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
} from "../../../src/protocol/messages/55-describe-quorum.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/03-metadata.ts";
import type { ApiPair } from "../../../src/client/connection.ts";
import type { Draft, Infer, Message, Shape } from "../../../src/protocol/schema.ts";
import { realClock } from "../../../src/runtime/threads/clock.ts";
import type { TopicOperation } from "../../../src/sim/checkers/topic-register.ts";
import { withoutOrder } from "../../../src/sim/checkers/topic-register.ts";

const REQUEST_TIMEOUT_MS = 5_000;
/** A history is looked through for an order, which takes long where much is unknown. */
const OPERATIONS_MAX = 12;
const PAUSE_MS = 25;

const quorumApi = { request: DescribeQuorumRequest, response: DescribeQuorumResponse };
const metadataApi = { request: MetadataRequest, response: MetadataResponse };

/** One connection to one node, whoever answers there. */
export class NodeClient {
  private readonly cluster: Cluster;
  private readonly admin: Admin;

  constructor(port: number) {
    const bootstrap = [{ host: "127.0.0.1", port }];
    const ports = { sockets: tcpSockets, clock: realClock };
    this.cluster = new Cluster(ports, { bootstrap, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    this.admin = new Admin(this.cluster);
  }

  close(): void {
    this.cluster.close();
  }

  ask<Q extends Shape, R extends Shape>(
    api: ApiPair<Q, R>,
    body: Draft<Message<Q>>,
  ): Promise<Infer<Message<R>> | undefined> {
    return new Promise((resolve) => {
      this.cluster.callAny(api, body, (outcome) => resolve(outcome.ok ? outcome.value : undefined));
    });
  }

  /** The error code and the topic's id; undefined: nobody knows what came of it. */
  create(name: string): Promise<{ errorCode: number; topicId: string } | undefined> {
    return new Promise((resolve) => {
      this.admin.createTopics([{ name, partitions: 1 }], (outcome) => {
        const topic = outcome.ok ? outcome.value.topics[0] : undefined;
        resolve(topic && { errorCode: topic.errorCode, topicId: topic.topicId });
      });
    });
  }

  delete(name: string): Promise<number | undefined> {
    return new Promise((resolve) => {
      this.admin.deleteTopics([name], (outcome) => {
        resolve(outcome.ok ? outcome.value.responses[0]?.errorCode : undefined);
      });
    });
  }

  /** Who leads the metadata, by number from 0; undefined while nobody is known to. */
  async leader(): Promise<number | undefined> {
    const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
    const answer = await this.ask(quorumApi, { topics });
    const partition = answer?.topics[0]?.partitions[0];
    if (partition === undefined || partition.errorCode !== 0 || partition.leaderId < 1) {
      return undefined;
    }
    return partition.leaderId - 1;
  }

  /** All topics with their ids, and how many brokers are alive; undefined without an answer. */
  async metadata(): Promise<{ topics: Map<string, string[]>; brokers: number } | undefined> {
    const body = { topics: null, allowAutoTopicCreation: false };
    const answer = await this.ask(metadataApi, body);
    if (answer === undefined) return undefined;
    const topics = new Map<string, string[]>();
    for (const { name, topicId } of answer.topics) {
      topics.set(name ?? "", [...(topics.get(name ?? "") ?? []), topicId]);
    }
    return { topics, brokers: answer.brokers.length };
  }
}

export class Administrators {
  private readonly clients: NodeClient[];
  private readonly created = new Map<string, string>();
  private readonly histories = new Map<string, TopicOperation[]>();
  private contended = "contended-0";
  private isOver = false;
  private names = 0;
  unknown = 0;
  /** When a topic was last acknowledged that was asked for after `since`. */
  private since = Infinity;
  private acknowledgedMs: number | undefined;

  constructor(ports: readonly number[]) {
    this.clients = ports.map((port) => new NodeClient(port));
  }

  get acknowledged(): number {
    return this.created.size;
  }

  get contendedOperations(): number {
    return [...this.histories.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Works until it is over; resolves when the last answer is there. */
  async work(): Promise<void> {
    await Promise.all(
      this.clients.flatMap((client) => [this.createOwn(client), this.contend(client)]),
    );
    for (const client of this.clients) client.close();
  }

  end(): void {
    this.isOver = true;
  }

  contendFor(name: string): void {
    this.contended = name;
  }

  /** From now on the first topic asked for and acknowledged counts. */
  watch(): void {
    this.since = performance.now();
    this.acknowledgedMs = undefined;
  }

  get servedAfterMs(): number | undefined {
    return this.acknowledgedMs;
  }

  private async createOwn(client: NodeClient): Promise<void> {
    while (!this.isOver) {
      const name = `own-${this.names++}`;
      const fromMs = performance.now();
      const answer = await client.create(name);
      if (answer?.errorCode === ErrorCode.NONE) {
        this.created.set(name, answer.topicId);
        if (fromMs >= this.since) this.acknowledgedMs ??= performance.now() - this.since;
      } else this.unknown++;
      await sleep(PAUSE_MS);
    }
  }

  private async contend(client: NodeClient): Promise<void> {
    for (let turn = 0; !this.isOver; turn++) {
      const name = this.contended;
      const history = this.histories.get(name) ?? [];
      this.histories.set(name, history);
      if (history.length < OPERATIONS_MAX) {
        const operation = turn % 2 === 0 ? "create" : "delete";
        const fromMs = performance.now();
        const at = history.push({ operation, outcome: "unknown", fromMs, toMs: Infinity }) - 1;
        const code =
          operation === "create"
            ? (await client.create(name))?.errorCode
            : await client.delete(name);
        const refusal =
          operation === "create"
            ? ErrorCode.TOPIC_ALREADY_EXISTS
            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        const toMs = performance.now();
        if (code === ErrorCode.NONE) history[at] = { operation, outcome: "done", fromMs, toMs };
        if (code === refusal) history[at] = { operation, outcome: "refused", fromMs, toMs };
      }
      await sleep(PAUSE_MS);
    }
  }

  /** What is there in the end, as one node tells it: everything acknowledged, once, by its id. */
  verify(topics: ReadonlyMap<string, readonly string[]>): void {
    const lost = [...this.created].filter(([name, id]) => topics.get(name)?.join() !== id);
    if (lost.length > 0) throw new Error(`lost or doubled: ${JSON.stringify(lost.slice(0, 5))}`);
    const ids = [...topics.values()].flat();
    if (new Set(ids).size !== ids.length) throw new Error("two topics of one id");
    for (const [name, history] of this.histories) {
      const disordered = withoutOrder(history, topics.has(name));
      if (disordered !== undefined) {
        throw new Error(`${name} has no order: ${JSON.stringify(disordered)}`);
      }
    }
  }
}
