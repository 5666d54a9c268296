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
  /** Left out: when acks are -1. */
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
  /** Sequences count per partition and identity. Lost with the first batch that is given up. */
  identity: ProducerIdentity | undefined;
  nextSequence: number;
  /** Nothing new leaves until what is in flight has come back and been put in order again. */
  retrying: boolean;
  /** What is settled on the spot must not start the pump once more inside itself. */
  pumping: boolean;
  linger: TimerHandle | undefined;
};

const produceApi = { request: ProduceRequest, response: ProduceResponse };
const initProducerIdApi = { request: InitProducerIdRequest, response: InitProducerIdResponse };
const PRODUCE_TIMEOUT_MS = 30_000;

export class Producer {
  private readonly cluster: Cluster;
  private readonly options: Required<ProducerOptions>;
  private readonly partitions = new Map<string, Partition>();
  /** The newest one; a partition keeps the one it has while that is of use. */
  private identity: ProducerIdentity | undefined;
  private identityAsked = false;
  private identityFailures = 0;

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.cluster = cluster;
    this.options = {
      acks: -1,
      idempotent: (options.acks ?? -1) === -1,
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
    const { batchBytesMax } = this.options;
    const size = sizeOfRecord(record);
    let batch = openBatch(partition);
    if (batch === undefined || batch.bytes + size > batchBytesMax) {
      if (batch !== undefined) this.pump(partition);
      batch = newBatch();
      partition.queued.push(batch);
    }
    batch.bytes += size;
    batch.records.push(record);
    batch.delivered.push(delivered);
    if (batch.bytes >= batchBytesMax) return this.pump(partition);
    partition.linger ??= this.cluster.ports.clock.startTimer(this.options.lingerMs, () => {
      partition.linger = undefined;
      this.pump(partition);
    });
  }

  /** Whether a record for the partition would join others that are still waiting to leave. */
  hasOpenBatch(topic: string, index: number): boolean {
    const partition = this.partitions.get(`${topic}-${index}`);
    return partition !== undefined && openBatch(partition) !== undefined;
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
        identity: this.identity,
        nextSequence: 0,
        retrying: false,
        pumping: false,
        linger: undefined,
      };
      this.partitions.set(key, partition);
    }
    return partition;
  }

  private pump(partition: Partition): void {
    if (partition.pumping) return;
    if (this.cluster.isClosed) return this.giveUp(partition, "the client is closed");
    partition.pumping = true;
    while (this.mayLeave(partition)) {
      const batch = partition.queued.shift();
      if (batch === undefined) break;
      const stale = batch.sealed !== undefined && batch.identity !== partition.identity;
      // What may have been taken under an old identity cannot be sent again under another.
      if (stale && batch.maybeTaken) {
        this.tell(batch, { kind: "retry", maybeTaken: true, code: "identity lost" });
        continue;
      }
      if (stale) batch.sealed = undefined;
      this.sendBatch(partition, batch);
    }
    partition.pumping = false;
    const { identity, queued } = partition;
    if (this.options.idempotent && identity === undefined && queued.length > 0) this.askIdentity();
  }

  private mayLeave({ retrying, inFlight, identity }: Partition): boolean {
    if (retrying || inFlight.length >= this.options.inFlightMax) return false;
    if (!this.options.idempotent) return true;
    // A batch of an old identity that has to be tried again would come behind those of the new one.
    return identity !== undefined && inFlight.every((batch) => batch.identity === identity);
  }

  /** Nothing of the partition's queue will be sent any more. */
  private giveUp(partition: Partition, code: string): void {
    for (const batch of partition.queued.splice(0)) {
      this.tell(batch, { kind: "retry", maybeTaken: false, code });
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
        this.identityFailures = 0;
        for (const partition of this.partitions.values()) {
          if (partition.identity !== undefined) continue;
          partition.identity = this.identity;
          partition.nextSequence = 0;
        }
        return this.pumpAll();
      }
      this.identityFailures += 1;
      if (this.identityFailures < this.options.attemptsMax && !this.cluster.isClosed) {
        return this.cluster.backOff(3, () => this.pumpAll());
      }
      this.identityFailures = 0;
      const code = outcome.ok ? String(outcome.value.errorCode) : outcome.fault;
      for (const partition of this.partitions.values()) {
        if (partition.identity === undefined) this.giveUp(partition, `no producer id: ${code}`);
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
      sealBatch(batch, this.options.compression, partition.identity, partition.nextSequence);
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
      if (batch.attempts < this.options.attemptsMax && !this.cluster.isClosed) {
        batch.failed = true;
        partition.retrying = true;
        return this.maybeRetry(partition);
      }
    }
    partition.inFlight.splice(partition.inFlight.indexOf(batch), 1);
    this.tell(batch, verdict);
    // A gap in the sequence would be refused for ever: start over under a new identity.
    if (verdict.kind !== "taken") partition.identity = undefined;
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
      } else {
        const isUnknown = batch.maybeTaken || verdict.maybeTaken;
        delivered({ kind: isUnknown ? "unknown" : "refused", code: verdict.code });
      }
    });
  }
}

function openBatch({ queued }: Partition): ClientBatch | undefined {
  const last = queued.at(-1);
  // A batch that has its bytes already is one that is tried again.
  return last?.sealed === undefined ? last : undefined;
}

/** About what it takes in a batch. */
function sizeOfRecord({ key, value, headers = [] }: OutgoingRecord): number {
  let size = 20 + (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const header of headers)
    size += 10 + header.key.length * 3 + (header.value?.byteLength ?? 0);
  return size;
}

type Verdict =
  | { readonly kind: "taken"; readonly baseOffset: number }
  | { readonly kind: "refused" | "retry"; readonly maybeTaken: boolean; readonly code: string };

function verdictOf(outcome: Outcome<Infer<typeof ProduceResponse>>, acks: number): Verdict {
  if (!outcome.ok) {
    const maybeTaken = outcome.fault === "timeout" || outcome.fault === "ECONNRESET";
    if (outcome.fault === "refused") {
      return { kind: "refused", maybeTaken: false, code: outcome.detail };
    }
    return { kind: "retry", maybeTaken, code: outcome.fault };
  }
  if (acks === 0) return { kind: "taken", baseOffset: -1 };
  const answer = outcome.value.responses[0]?.partitionResponses[0];
  if (answer === undefined) return { kind: "retry", maybeTaken: true, code: "empty answer" };
  if (answer.errorCode === ErrorCode.NONE) return { kind: "taken", baseOffset: answer.baseOffset };
  const code = String(answer.errorCode);
  const retriable = describeError(answer.errorCode).retriable || answer.errorCode === OUT_OF_ORDER;
  const maybeTaken = leavesOpen.has(answer.errorCode);
  return { kind: retriable ? "retry" : "refused", maybeTaken, code };
}

const OUT_OF_ORDER: number = ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;

/**
 * Errors after which the batch may be in the log all the same. A leader that stops leading while an
 * append waits to be acknowledged answers as one that never led (Kafka's DelayedProduce does, too).
 */
const leavesOpen: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.KAFKA_STORAGE_ERROR,
]);
