// What the clients of a world did and were told: every record they sent, what came of it, and what
// any of them has seen at any offset. The checkers read it; nobody else does.
//
// Lives on: the simulator's thread.

import type { Delivery, OutgoingRecord } from "../client/producer-batch.ts";
import { Prng } from "../base/prng.ts";
import { MaterialSeed } from "./material.ts";

/** One record on its way into the log. */
export type Send = {
  readonly id: number;
  readonly topic: string;
  readonly index: number;
  readonly producer: string;
  /** The how-manieth record of its producer for this partition. */
  readonly number: number;
  readonly idempotent: boolean;
  readonly acks: number;
  readonly record: OutgoingRecord;
  outcome: "pending" | Delivery["kind"];
  /** Why it was not taken. */
  code: string;
  offset: number;
  settledAtMs: number;
};

export type TopicPromise = {
  /** What was acknowledged survives a power cut. */
  readonly survivesPowerCut: boolean;
  /** What was acknowledged this long ago survives one too; infinite without such a promise. */
  readonly survivesAfterMs: number;
  /** Records carry the time at which they were appended, not the producer's. */
  readonly appendTime: boolean;
  /** Old records may go by themselves. */
  readonly mayExpire: boolean;
  /** It is compacted, and tombstones stay for so long; undefined: it is not. */
  readonly tombstonesStayMs?: number | undefined;
};

export class PartitionHistory {
  readonly topic: string;
  readonly index: number;
  readonly promise: TopicPromise;
  readonly sends: Send[] = [];
  /** Which record was seen, or acknowledged, at which offset; and the other way round. */
  readonly idAt = new Map<number, number>();
  readonly offsetOf = new Map<number, number>();
  /** Grows whenever an unsynced suffix may have been lost: what was seen before counts no more. */
  lossGeneration = 0;
  readonly lossesAtMs: number[] = [];
  /** The highest offset below which somebody asked for records to be deleted. */
  deletableUpTo = 0;
  /** The highest low watermark that a deletion was answered with. */
  deletedUpTo = 0;
  /** Somebody has moved the clock by which tombstones go. */
  clockMoved = false;
  private readonly numbers = new Map<string, number>();

  constructor(topic: string, index: number, promise: TopicPromise) {
    this.topic = topic;
    this.index = index;
    this.promise = promise;
  }

  get isCompacted(): boolean {
    return this.promise.tombstonesStayMs !== undefined;
  }

  get name(): string {
    return `${this.topic}-${this.index}`;
  }

  nextNumber(producer: string): number {
    const number = this.numbers.get(producer) ?? 0;
    this.numbers.set(producer, number + 1);
    return number;
  }

  /** A power cut, or a disk that lost what it had not synced. */
  maybeLost(atMs: number): void {
    if (this.promise.survivesPowerCut) return;
    this.lossGeneration += 1;
    this.lossesAtMs.push(atMs);
    this.idAt.clear();
    this.offsetOf.clear();
  }
}

export class History {
  readonly sends: Send[] = [];
  private readonly partitions = new Map<string, PartitionHistory>();
  private readonly promises = new Map<string, TopicPromise>();
  private readonly material: MaterialSeed;

  constructor(seed: number) {
    this.material = new MaterialSeed(new Prng(seed, "material"));
  }

  promiseTopic(topic: string, promise: TopicPromise): void {
    this.promises.set(topic, promise);
  }

  promiseOf(topic: string): TopicPromise | undefined {
    return this.promises.get(topic);
  }

  partition(topic: string, index: number): PartitionHistory {
    const key = `${topic}-${index}`;
    let partition = this.partitions.get(key);
    if (partition === undefined) {
      const promise = this.promises.get(topic);
      if (promise === undefined) throw new Error(`the world made no topic ${topic}`);
      partition = new PartitionHistory(topic, index, promise);
      this.partitions.set(key, partition);
    }
    return partition;
  }

  all(): PartitionHistory[] {
    return [...this.partitions.values()];
  }

  /** A topic was deleted: nothing is promised of it any more. */
  forgetTopic(topic: string): void {
    for (const [key, partition] of this.partitions) {
      if (partition.topic === topic) this.partitions.delete(key);
    }
    this.promises.delete(topic);
  }

  /** A fresh record, unlike any other. */
  newSend(
    to: { topic: string; index: number },
    producer: { name: string; idempotent: boolean; acks: number },
    timestampMs: number,
    size: "any" | "small" = "any",
  ): Send {
    const id = this.sends.length;
    const partition = this.partition(to.topic, to.index);
    const number = partition.nextNumber(producer.name);
    const send: Send = {
      id,
      topic: to.topic,
      index: to.index,
      producer: producer.name,
      number,
      idempotent: producer.idempotent,
      acks: producer.acks,
      record: this.material.record(id, timestampMs, size, partition.isCompacted),
      outcome: "pending",
      code: "",
      offset: -1,
      settledAtMs: -1,
    };
    this.sends.push(send);
    partition.sends.push(send);
    return send;
  }

  settle(send: Send, delivery: Delivery, atMs: number): void {
    send.outcome = delivery.kind;
    send.settledAtMs = atMs;
    if (delivery.kind === "ok") send.offset = delivery.offset;
    else send.code = delivery.code;
  }

  pending(): Send[] {
    return this.sends.filter(({ outcome }) => outcome === "pending");
  }
}
