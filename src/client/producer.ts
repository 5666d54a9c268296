// The producing side of a client: records gathered into batches, one queue per partition, retried in
// order. With idempotence the broker drops what it has already taken, so a retry can never be seen
// twice; without it `unknown` may mean that a record is there once, twice or not at all.
//
// Lives on: anywhere (ports passed in).

import { describeError, ErrorCode } from "../protocol/error-codes.ts";
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../protocol/messages/22-init-producer-id.ts";
import { ProduceRequest, ProduceResponse } from "../protocol/messages/00-produce.ts";
import type { Outcome } from "../base/outcome.ts";
import type { Infer } from "../protocol/schema.ts";
import type { TimerHandle } from "../runtime/ports.ts";
import type { Cluster } from "./cluster.ts";
import type { ClientBatch, Delivery, OutgoingRecord, ProducerIdentity } from "./producer-batch.ts";
import { newBatch, sealBatch } from "./producer-batch.ts";

export type ProducerOptions = {
  /** -1 (all), 0 or 1. */
  readonly acks?: number;
  readonly idempotent?: boolean;
  readonly lingerMs?: number;
  readonly batchBytesMax?: number;
  readonly inFlightMax?: number;
  /** Times a batch is sent before its outcome is given up. */
  readonly attemptsMax?: number;
  readonly compression?: "none" | "gzip" | "snappy" | "lz4" | "zstd";
};

type Partition = {
  readonly topic: string;
  readonly index: number;
  readonly queued: ClientBatch[];
  readonly inFlight: ClientBatch[];
  nextSequence: number;
  /** Nothing new leaves until what is in flight has come back and been put in order again. */
  retrying: boolean;
  linger: TimerHandle | undefined;
};

const produceApi = { request: ProduceRequest, response: ProduceResponse };
const initProducerIdApi = { request: InitProducerIdRequest, response: InitProducerIdResponse };
const PRODUCE_TIMEOUT_MS = 30_000;

export class Producer {
  private readonly cluster: Cluster;
  private readonly options: Required<ProducerOptions>;
  private readonly partitions = new Map<string, Partition>();
  private identity: ProducerIdentity | undefined;
  private identityAsked = false;

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.cluster = cluster;
    this.options = {
      acks: -1,
      idempotent: true,
      lingerMs: 0,
      batchBytesMax: 1_000_000,
      inFlightMax: 5,
      attemptsMax: 10,
      compression: "none",
      ...options,
    };
  }

  /** `delivered` hears once what came of the record. */
  send(
    topic: string,
    index: number,
    record: OutgoingRecord,
    delivered: (delivery: Delivery) => void,
  ): void {
    const partition = this.partitionOf(topic, index);
    let batch = partition.queued.at(-1);
    if (
      batch === undefined ||
      batch.sealed !== undefined ||
      batch.bytes >= this.options.batchBytesMax
    ) {
      batch = newBatch();
      partition.queued.push(batch);
    }
    batch.bytes += (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0) + 16;
    batch.records.push(record);
    batch.delivered.push(delivered);
    if (batch.bytes >= this.options.batchBytesMax) this.pump(partition);
    else {
      partition.linger ??= this.cluster.ports.clock.startTimer(this.options.lingerMs, () => {
        partition.linger = undefined;
        this.pump(partition);
      });
    }
  }

  /** Batches not yet settled. */
  pending(): number {
    let count = 0;
    for (const { queued, inFlight } of this.partitions.values())
      count += queued.length + inFlight.length;
    return count;
  }

  private partitionOf(topic: string, index: number): Partition {
    const key = `${topic}-${index}`;
    let partition = this.partitions.get(key);
    if (partition === undefined) {
      partition = {
        topic,
        index,
        queued: [],
        inFlight: [],
        nextSequence: 0,
        retrying: false,
        linger: undefined,
      };
      this.partitions.set(key, partition);
    }
    return partition;
  }

  private pump(partition: Partition): void {
    if (this.options.idempotent && this.identity === undefined) return this.askIdentity();
    while (!partition.retrying && partition.inFlight.length < this.options.inFlightMax) {
      const batch = partition.queued.shift();
      if (batch === undefined) return;
      const stale = batch.sealed !== undefined && batch.identity !== this.identity;
      // What may have been taken under an old identity cannot be sent again under another.
      if (stale && batch.maybeTaken) {
        this.tell(batch, { kind: "retry", maybeTaken: true, code: "identity lost" });
        continue;
      }
      if (stale) batch.sealed = undefined;
      this.sendBatch(partition, batch);
    }
  }

  private pumpAll(): void {
    for (const partition of this.partitions.values()) this.pump(partition);
  }

  private askIdentity(): void {
    if (this.identityAsked) return;
    this.identityAsked = true;
    const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
    this.cluster.callAny(initProducerIdApi, body, (outcome) => {
      this.identityAsked = false;
      if (outcome.ok && outcome.value.errorCode === ErrorCode.NONE) {
        const { producerId, producerEpoch } = outcome.value;
        this.identity = { producerId, producerEpoch };
        for (const partition of this.partitions.values()) partition.nextSequence = 0;
        this.pumpAll();
      } else {
        this.cluster.backOff(3, () => this.pumpAll());
      }
    });
  }

  private sendBatch(partition: Partition, batch: ClientBatch): void {
    const { topic, index } = partition;
    const info = this.cluster.topic(topic);
    const leader = info?.partitions.get(index);
    partition.inFlight.push(batch);
    batch.attempts += 1;
    if (info === undefined || leader === undefined) {
      return this.cluster.refresh([topic], () =>
        this.settle(partition, batch, { kind: "retry", maybeTaken: false, code: "no leader" }),
      );
    }
    if (batch.sealed === undefined) {
      sealBatch(batch, this.options.compression, this.identity, partition.nextSequence);
      partition.nextSequence = (partition.nextSequence + batch.records.length) % 2 ** 31;
    }
    const records = batch.sealed ?? null;
    const { acks } = this.options;
    const body = {
      acks,
      timeoutMs: PRODUCE_TIMEOUT_MS,
      topicData: [{ name: topic, topicId: info.topicId, partitionData: [{ index, records }] }],
    };
    this.cluster.callBroker(
      leader.leaderId,
      produceApi,
      body,
      (outcome) => this.settle(partition, batch, verdictOf(outcome, acks)),
      { answered: acks !== 0 },
    );
  }

  private settle(partition: Partition, batch: ClientBatch, verdict: Verdict): void {
    if (verdict.kind === "retry") {
      batch.maybeTaken ||= verdict.maybeTaken;
      if (batch.attempts < this.options.attemptsMax) {
        batch.failed = true;
        partition.retrying = true;
        return this.maybeRetry(partition);
      }
    }
    partition.inFlight.splice(partition.inFlight.indexOf(batch), 1);
    this.tell(batch, verdict);
    // A gap in the sequence would be refused for ever: start over under a new identity.
    if (verdict.kind !== "taken") this.identity = undefined;
    if (partition.retrying) this.maybeRetry(partition);
    else this.pump(partition);
  }

  /** Once everything in flight has come back, what failed goes out again in its first order. */
  private maybeRetry(partition: Partition): void {
    if (partition.inFlight.some(({ failed }) => !failed)) return;
    const again = partition.inFlight.splice(0);
    for (const batch of again) batch.failed = false;
    partition.queued.unshift(...again);
    const attempt = Math.max(1, ...again.map(({ attempts }) => attempts));
    this.cluster.backOff(attempt, () => {
      this.cluster.refresh([partition.topic], () => {
        partition.retrying = false;
        this.pump(partition);
      });
    });
  }

  private tell(batch: ClientBatch, verdict: Verdict): void {
    batch.delivered.forEach((delivered, index) => {
      if (verdict.kind === "taken") {
        const offset = verdict.baseOffset < 0 ? -1 : verdict.baseOffset + index;
        delivered({ kind: "ok", offset });
      } else if (verdict.kind === "refused" && !batch.maybeTaken) {
        delivered({ kind: "refused", code: verdict.code });
      } else {
        delivered({ kind: batch.maybeTaken ? "unknown" : "refused", code: verdict.code });
      }
    });
  }
}

type Verdict =
  | { readonly kind: "taken"; readonly baseOffset: number }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "retry"; readonly maybeTaken: boolean; readonly code: string };

function verdictOf(outcome: Outcome<Infer<typeof ProduceResponse>>, acks: number): Verdict {
  if (!outcome.ok) {
    const maybeTaken = outcome.fault === "timeout" || outcome.fault === "ECONNRESET";
    if (outcome.fault === "refused") return { kind: "refused", code: outcome.detail };
    return { kind: "retry", maybeTaken, code: outcome.fault };
  }
  if (acks === 0) return { kind: "taken", baseOffset: -1 };
  const answer = outcome.value.responses[0]?.partitionResponses[0];
  if (answer === undefined) return { kind: "retry", maybeTaken: true, code: "empty answer" };
  if (answer.errorCode === ErrorCode.NONE) return { kind: "taken", baseOffset: answer.baseOffset };
  const code = String(answer.errorCode);
  // Written but not known to be kept: the one error that leaves the outcome open.
  const maybeTaken =
    answer.errorCode === ErrorCode.REQUEST_TIMED_OUT ||
    answer.errorCode === ErrorCode.KAFKA_STORAGE_ERROR ||
    answer.errorCode === ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
  const outOfOrder = answer.errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
  if (describeError(answer.errorCode).retriable || outOfOrder)
    return { kind: "retry", maybeTaken, code };
  return { kind: "refused", code };
}
