// The group consumer with promises, for people, tests and tools.
//
//   const consumer = client.groupConsumer({ groupId: "readers", offsetReset: "earliest" });
//   consumer.subscribe(["words"]);
//   for await (const record of consumer) console.log(record.value);
//
// Lives on: anywhere (ports passed in).

import { ClientError } from "../client-error.ts";
import type { Cluster } from "../cluster.ts";
import type { ConsumedRecord } from "../consumer.ts";
import type { GroupConsumerOptions } from "./group-consumer-options.ts";
import { GroupConsumer } from "./group-consumer.ts";
import type { RebalanceListener } from "./group-consumer.ts";
import type { OffsetToCommit } from "./group-offsets.ts";
import type { Identity } from "./membership.ts";
import type { SubscriptionChoice } from "./subscription.ts";
import type { TopicPartition } from "./topic-partition.ts";

type Told = (partitions: readonly TopicPartition[]) => Promise<void> | void;

/** Each is called within a poll, which waits for it. One that throws makes the poll reject. */
export type PromisingListener = {
  readonly assigned?: Told;
  readonly revoked?: Told;
  readonly lost?: Told;
};

const ITERATOR_POLL_MS = 1_000;

export class PromisingGroupConsumer implements AsyncIterable<ConsumedRecord> {
  private readonly core: GroupConsumer;
  private readonly closed: () => void;
  private broken: { readonly reason: unknown } | undefined;
  private isClosed = false;

  /** `closed` hears when it is. */
  constructor(
    cluster: Cluster,
    options: GroupConsumerOptions,
    listener: PromisingListener,
    closed: () => void,
  ) {
    this.closed = closed;
    const core: RebalanceListener = {
      assigned: (partitions, done) => this.tell(listener.assigned, partitions, done),
      revoked: (partitions, done) => this.tell(listener.revoked, partitions, done),
      lost: (partitions, done) => this.tell(listener.lost, partitions, done),
    };
    this.core = new GroupConsumer(cluster, options, core);
  }

  /** Topics by name, or all whose names match. The group is entered with the next poll. */
  subscribe(choice: SubscriptionChoice): void {
    this.core.subscribe(choice);
  }

  /** The next records, as soon as there are any; none when the time is up. */
  async poll(maxWaitMs: number): Promise<readonly ConsumedRecord[]> {
    const records = await new Promise<readonly ConsumedRecord[]>((resolve, reject) => {
      this.core.poll(maxWaitMs, (polled, failure) => {
        if (failure === undefined) resolve(polled);
        else reject(failure);
      });
    });
    const { broken } = this;
    this.broken = undefined;
    if (broken !== undefined) throw broken.reason;
    return records;
  }

  /** A record counts as read when the next one is asked for. Ends when the consumer is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumedRecord> {
    while (!this.isClosed) yield* await this.poll(ITERATOR_POLL_MS);
  }

  /** Of the member, for those who commit elsewhere. */
  get identity(): Identity {
    return this.core.identity;
  }

  assignment(): TopicPartition[] {
    return this.core.assignment();
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.core.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.core.resume(partitions);
  }

  paused(): TopicPartition[] {
    return this.core.paused();
  }

  seek(partition: TopicPartition, offset: number): void {
    if (this.core.seek(partition, offset)) return;
    const { topic, partition: index } = partition;
    throw new ClientError("refused", "NOT_ASSIGNED", `${topic}-${index} is not this consumer's`);
  }

  position(partition: TopicPartition): number | undefined {
    return this.core.position(partition);
  }

  /** Resolves when the offsets are stored; tried again where that may help. */
  commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.core.commit(offsets, { persistent: true }, (failure) => {
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  /** One attempt, not waited for. */
  commitSoon(
    offsets?: readonly OffsetToCommit[],
    done: (failure: ClientError | undefined) => void = () => {},
  ): void {
    this.core.commit(offsets, { persistent: false }, done);
  }

  /** What the group has committed, by `topic-partition`. */
  committed(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetToCommit>> {
    return new Promise((resolve, reject) => {
      this.core.committed(partitions, (outcome) => {
        if (outcome.ok) resolve(outcome.value);
        else reject(ClientError.ofFault(outcome));
      });
    });
  }

  /** Commits if that is wanted, gives everything up, and leaves the group. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await new Promise<void>((resolve) => this.core.close(resolve));
    this.closed();
  }

  private tell(told: Told | undefined, partitions: readonly TopicPartition[], done: () => void) {
    const calling = async (): Promise<void> => {
      try {
        await told?.(partitions);
      } catch (reason) {
        this.broken ??= { reason };
      }
      done();
    };
    void calling();
  }
}
