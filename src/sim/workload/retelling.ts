// A client that speaks the protocol by hand: it sends batches again that were already taken, within
// the window of five, and writes under an epoch that it has itself replaced. The first must answer
// with the first offset, the second must be refused.
//
// Lives on: the simulator's thread.

import { ClientConnection } from "../../client/connection.ts";
import type { Outcome } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { ProduceRequest, ProduceResponse } from "../../protocol/messages/00-produce.ts";
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../../protocol/messages/22-init-producer-id.ts";
import { buildBatch } from "../../protocol/record-batch.ts";
import type { Infer } from "../../protocol/schema.ts";
import { checkPlace } from "../checkers/fetched-bytes.ts";
import type { Send } from "../history.ts";
import type { SimClient } from "./sim-client.ts";

const WINDOW = 5;
const produceApi = { request: ProduceRequest, response: ProduceResponse };
const initApi = { request: InitProducerIdRequest, response: InitProducerIdResponse };

type Told = { readonly bytes: Uint8Array; readonly baseOffset: number; readonly deaths: number };
type Answer = { readonly errorCode: number; readonly baseOffset: number };

export class Retelling {
  quiet = false;
  /** Its records are settled when their answers come, or never. */
  readonly underWay = 0;
  private readonly client: SimClient;
  private readonly meanPauseMs: number;
  private readonly topic: string;
  private readonly index: number;
  private connection: ClientConnection | undefined;
  private producerId = -1;
  private epoch = 0;
  private sequence = 0;
  private window: Told[] = [];
  private number = 0;

  constructor(client: SimClient, meanPauseMs: number) {
    this.client = client;
    this.meanPauseMs = meanPauseMs;
    const { prng, stage } = client;
    const topic = prng.pick(stage.topics);
    this.topic = topic.name;
    this.index = prng.below(topic.partitions);
    client.learn(() => this.begin());
  }

  /** A new identity on a new connection: nothing of before is under way any more. */
  private begin(): void {
    const { client } = this;
    this.connection?.close();
    this.window = [];
    this.sequence = 0;
    this.epoch = 0;
    this.number += 1;
    const { requestTimeoutMs, broker } = client.stage;
    const options = { clientId: client.name, requestTimeoutMs, responseBytesMax: 1 << 24 };
    const connection = new ClientConnection(client.ports, broker, options, () => {
      if (this.connection === connection) this.later(() => this.begin());
    });
    this.connection = connection;
    const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
    connection.request(initApi, body, (outcome) => {
      if (this.connection !== connection || !outcome.ok) return;
      if (outcome.value.errorCode !== ErrorCode.NONE) return this.later(() => this.begin());
      this.producerId = outcome.value.producerId;
      this.act();
    });
  }

  /** Goes on after a while, unless everything has begun anew by then. */
  private later(run: () => void): void {
    const { clock, prng } = this.client;
    const { number } = this;
    clock.startTimer(this.meanPauseMs * 2 * prng.float(), () => {
      if (this.number === number) run();
    });
  }

  private act(): void {
    if (this.quiet) return this.later(() => this.act());
    const { prng } = this.client;
    if (this.window.length > 0 && prng.below(3) === 0) this.retell();
    else if (this.window.length > 0 && prng.below(8) === 0) this.speakAsZombie();
    else this.tell();
  }

  private tell(): void {
    const { client, topic, index } = this;
    const { history, verdict } = client.stage;
    const from = this.voice();
    const sends = Array.from({ length: client.prng.between(1, 3) }, () =>
      history.newSend({ topic, index }, from, client.clock.wallMs()),
    );
    const bytes = this.batch(sends, this.epoch, this.sequence);
    const deaths = client.stage.deaths();
    this.produce(bytes, (answer) => {
      const taken = answer?.errorCode === ErrorCode.NONE;
      sends.forEach((send, at) => {
        const nowMs = client.nowMs();
        if (!taken) return history.settle(send, { kind: "unknown", code: "" }, nowMs);
        const offset = answer.baseOffset + at;
        history.settle(send, { kind: "ok", offset }, nowMs);
        checkPlace(verdict, history.partition(topic, index), offset, send);
      });
      if (!taken) return this.later(() => this.begin());
      this.sequence += sends.length;
      this.window = [...this.window, { bytes, baseOffset: answer.baseOffset, deaths }].slice(
        -WINDOW,
      );
      this.later(() => this.act());
    });
  }

  private retell(): void {
    const { client } = this;
    const { verdict, history } = client.stage;
    const told = client.prng.pick(this.window);
    const newest = this.window.at(-1) === told;
    const partition = history.partition(this.topic, this.index);
    const { lossGeneration } = partition;
    this.produce(told.bytes, (answer) => {
      if (answer === undefined) return this.later(() => this.begin());
      // A snapshot keeps the last batch of a producer alone, as Kafka's does.
      const remembered = newest || told.deaths === client.stage.deaths();
      if (remembered && partition.lossGeneration === lossGeneration && !isPassing(answer)) {
        const same = answer.errorCode === ErrorCode.NONE && answer.baseOffset === told.baseOffset;
        verdict.hold(same, "a batch sent again is answered with its first offset", () => {
          const { errorCode, baseOffset } = answer;
          const was = `was at ${told.baseOffset}`;
          return `${partition.name}: ${was}, answered error ${errorCode} and offset ${baseOffset}`;
        });
      }
      if (answer.errorCode === ErrorCode.NONE) this.later(() => this.act());
      else this.later(() => this.begin());
    });
  }

  /** Raises the epoch with a batch of its own, then speaks once more under the old one. */
  private speakAsZombie(): void {
    const { client, topic, index } = this;
    const { history, verdict } = client.stage;
    const before = { epoch: this.epoch, sequence: this.sequence };
    this.epoch += 1;
    this.sequence = 0;
    this.window = [];
    const from = this.voice();
    const { lossGeneration } = history.partition(topic, index);
    const raised = history.newSend({ topic, index }, from, client.clock.wallMs());
    this.produce(this.batch([raised], this.epoch, 0), (answer) => {
      const taken = answer?.errorCode === ErrorCode.NONE;
      const nowMs = client.nowMs();
      if (!taken) {
        history.settle(raised, { kind: "unknown", code: "" }, nowMs);
        return this.later(() => this.begin());
      }
      history.settle(raised, { kind: "ok", offset: answer.baseOffset }, nowMs);
      this.sequence = 1;
      const stale = history.newSend({ topic, index }, from, client.clock.wallMs());
      this.produce(this.batch([stale], before.epoch, before.sequence), (late) => {
        history.settle(stale, { kind: "unknown", code: "" }, client.nowMs());
        if (late === undefined) return this.later(() => this.begin());
        const partition = history.partition(topic, index);
        const refused = late.errorCode !== ErrorCode.NONE;
        verdict.hold(
          refused || partition.lossGeneration !== lossGeneration,
          "a stale producer epoch is refused",
          () => `${partition.name}: epoch ${before.epoch} after ${before.epoch + 1} was taken`,
        );
        if (refused) history.settle(stale, { kind: "refused", code: "" }, client.nowMs());
        this.later(() => this.begin());
      });
    });
  }

  /** One name per producer id, so that its records have one order. */
  private voice(): { name: string; idempotent: boolean; acks: number } {
    return { name: `${this.client.name}.${this.number}`, idempotent: true, acks: -1 };
  }

  private batch(sends: readonly Send[], producerEpoch: number, baseSequence: number): Uint8Array {
    const records = sends.map(({ record }) => record);
    const { producerId } = this;
    return buildBatch(records, { compression: "none", producerId, producerEpoch, baseSequence });
  }

  private produce(bytes: Uint8Array, done: (answer: Answer | undefined) => void): void {
    const { topic, index, connection } = this;
    const topicId = this.client.cluster.topic(topic)?.topicId ?? "";
    const partitionData = [{ index, records: bytes }];
    const body = {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, topicId, partitionData }],
    };
    connection?.request(produceApi, body, (outcome: Outcome<Infer<typeof ProduceResponse>>) => {
      done(outcome.ok ? outcome.value.responses[0]?.partitionResponses[0] : undefined);
    });
  }
}

/** Errors that say nothing of the batch: the partition cannot answer at the moment. */
function isPassing({ errorCode }: Answer): boolean {
  return (
    errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER ||
    errorCode === ErrorCode.KAFKA_STORAGE_ERROR ||
    errorCode === ErrorCode.REQUEST_TIMED_OUT ||
    // Judged before anything is looked up, and the wall clock may have jumped.
    errorCode === ErrorCode.INVALID_TIMESTAMP ||
    errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ||
    errorCode === ErrorCode.UNKNOWN_SERVER_ERROR ||
    errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ||
    errorCode === ErrorCode.LEADER_NOT_AVAILABLE
  );
}
