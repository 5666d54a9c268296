// Reads the partitions that a group consumer owns: where each stands, what has been fetched and not yet
// handed out, which are paused. Fetches run ahead up to a bound in bytes.
//
// Lives on: anywhere (ports passed in).

import { describeError, ErrorCode } from "../../protocol/error-codes.ts";
import { ClientError } from "../client-error.ts";
import type { Cluster } from "../cluster.ts";
import type { ConsumedRecord } from "../consumer.ts";
import { readFetched } from "../fetched-records.ts";
import type { Fetched, FetcherOptions } from "../fetcher.ts";
import { Fetcher } from "../fetcher.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { keyOf } from "./topic-partition.ts";

/** What one fetch brought. `nextOffset`: where to go on when all of it has been handed out. */
type Chunk = {
  readonly records: readonly ConsumedRecord[];
  readonly nextOffset: number;
  readonly leaderEpoch: number;
  readonly bytes: number;
  given: number;
};

/** While it is owned without a break this is one object: whoever holds an older one has lost it. */
export class AssignedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the next record to hand out; undefined: not known yet. */
  position: number | undefined;
  /** Of the record before it, so that a log that was cut meanwhile shows (KIP-320); -1: not known. */
  leaderEpoch = -1;
  /** What was last committed by this consumer, so that nothing is committed twice for nothing. */
  committed: number | undefined;
  isPaused = false;
  readonly chunks: Chunk[] = [];
  /** Where to fetch from when there is room again; undefined: the fetcher has it. */
  heldBackAt: number | undefined;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }
}

export type ReaderEvents = {
  /** There is something to hand out. */
  available(): void;
  failed(failure: ClientError): void;
  /** The position is not, or not any more, one that the log has. */
  outOfRange(partition: AssignedPartition): void;
};

const BUFFERED_BYTES_MAX = 32 * 1024 * 1024;

export class AssignedReader {
  readonly partitions = new Map<string, AssignedPartition>();
  private readonly events: ReaderEvents;
  private readonly fetcher: Fetcher;
  private bufferedBytes = 0;
  /** Keys in the order in which they take turns. */
  private turns: string[] = [];

  constructor(cluster: Cluster, options: FetcherOptions, events: ReaderEvents) {
    this.events = events;
    this.fetcher = new Fetcher(cluster, options, (fetched) => this.take(fetched));
  }

  /** Nothing is read before it is told where to start. */
  add(partition: TopicPartition): AssignedPartition {
    const added = new AssignedPartition(partition);
    this.partitions.set(keyOf(partition), added);
    return added;
  }

  remove(partition: TopicPartition): void {
    const removed = this.partitions.get(keyOf(partition));
    if (removed === undefined) return;
    this.partitions.delete(keyOf(partition));
    this.stop(removed);
  }

  isHeld(partition: AssignedPartition): boolean {
    return this.partitions.get(keyOf(partition)) === partition;
  }

  /** Goes on from this offset, whatever was fetched before. */
  seek(partition: AssignedPartition, offset: number, leaderEpoch = -1): void {
    this.stop(partition);
    partition.position = offset;
    partition.leaderEpoch = leaderEpoch;
    if (!partition.isPaused) this.fetchFrom(partition, offset);
  }

  pause(partition: AssignedPartition): void {
    partition.isPaused = true;
    this.stop(partition);
  }

  resume(partition: AssignedPartition): void {
    if (!partition.isPaused) return;
    partition.isPaused = false;
    if (partition.position !== undefined) this.fetchFrom(partition, partition.position);
  }

  /** Up to `max` records; partitions take turns. */
  hand(max: number): ConsumedRecord[] {
    const handed: ConsumedRecord[] = [];
    while (handed.length < max) {
      const key = this.turns[0];
      if (key === undefined) break;
      const partition = this.partitions.get(key);
      const chunk = partition?.chunks[0];
      if (partition === undefined || chunk === undefined) {
        this.turns.shift();
        continue;
      }
      this.handFrom(partition, chunk, max, handed);
    }
    this.maybeFetchMore();
    return handed;
  }

  get hasRecords(): boolean {
    return this.turns.some((key) => (this.partitions.get(key)?.chunks.length ?? 0) > 0);
  }

  close(): void {
    this.fetcher.close();
  }

  private handFrom(
    partition: AssignedPartition,
    chunk: Chunk,
    max: number,
    handed: ConsumedRecord[],
  ): void {
    const next = chunk.records.slice(chunk.given, chunk.given + max - handed.length);
    handed.push(...next);
    chunk.given += next.length;
    const last = next.at(-1);
    if (last !== undefined) {
      partition.position = last.offset + 1;
      partition.leaderEpoch = last.leaderEpoch;
    }
    if (chunk.given < chunk.records.length) return;
    partition.position = chunk.nextOffset;
    if (chunk.leaderEpoch >= 0) partition.leaderEpoch = chunk.leaderEpoch;
    partition.chunks.shift();
    this.bufferedBytes -= chunk.bytes;
    this.turns.push(this.turns.shift()!);
  }

  private stop(partition: AssignedPartition): void {
    this.fetcher.unassign(partition.topic, partition.partition);
    partition.heldBackAt = undefined;
    for (const { bytes } of partition.chunks.splice(0)) this.bufferedBytes -= bytes;
  }

  private fetchFrom(partition: AssignedPartition, offset: number): void {
    partition.heldBackAt = undefined;
    this.fetcher.assign(partition.topic, partition.partition, offset);
  }

  private maybeFetchMore(): void {
    if (this.bufferedBytes >= BUFFERED_BYTES_MAX / 2) return;
    for (const partition of this.partitions.values()) {
      if (partition.heldBackAt !== undefined) this.fetchFrom(partition, partition.heldBackAt);
    }
  }

  /** Where to go on; `undefined`: not now. */
  private take(fetched: Fetched): number | undefined {
    const { topic, index, fetchOffset, errorCode } = fetched;
    const partition = this.partitions.get(keyOf({ topic, partition: index }));
    if (partition === undefined) return undefined;
    if (errorCode !== ErrorCode.NONE) return this.takeError(partition, fetched);
    const read = readFetched(fetched.records, fetchOffset);
    const { nextOffset, leaderEpoch, damaged, records: views } = read;
    if (damaged) return this.fail("CORRUPT_MESSAGE", fetched);
    const records = views.map((view) => ({ ...view, topic, partition: index }));
    const bytes = fetched.records.byteLength;
    partition.chunks.push({ records, nextOffset, leaderEpoch, bytes, given: 0 });
    this.bufferedBytes += bytes;
    const key = keyOf(partition);
    if (!this.turns.includes(key)) this.turns.push(key);
    this.events.available();
    if (this.bufferedBytes < BUFFERED_BYTES_MAX) return nextOffset;
    partition.heldBackAt = nextOffset;
    return undefined;
  }

  /** The fetcher asks again after what is retriable. */
  private takeError(partition: AssignedPartition, fetched: Fetched): number | undefined {
    const { errorCode, fetchOffset } = fetched;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      // What was fetched before it is good, and comes first.
      if (partition.chunks.length > 0) return fetchOffset;
      this.events.outOfRange(partition);
      return undefined;
    }
    const { name, retriable } = describeError(errorCode);
    return retriable ? fetchOffset : this.fail(name, fetched);
  }

  private fail(code: string, { topic, index, fetchOffset }: Fetched): undefined {
    this.events.failed(new ClientError("refused", code, `${topic}-${index} at ${fetchOffset}`));
  }
}
