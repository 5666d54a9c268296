// The offsets that a group has committed, as they are known to be durable.
//
// Lives on: host thread (part of the group actor).

export type StoredOffset = {
  readonly offset: bigint;
  /** -1: not told. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  /** -1: when the broker's retention says so. */
  readonly expireTimestampMs: number;
  /** The zero id: not known when it was committed. */
  readonly topicId: string;
};

export class OffsetStore {
  readonly #topics = new Map<string, Map<number, StoredOffset>>();

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  get topics(): ReadonlyMap<string, ReadonlyMap<number, StoredOffset>> {
    return this.#topics;
  }

  get(topic: string, partition: number): StoredOffset | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  put(topic: string, partition: number, stored: StoredOffset): void {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      this.#topics.set(topic, partitions);
    }
    partitions.set(partition, stored);
  }

  remove(topic: string, partition: number): void {
    const partitions = this.#topics.get(topic);
    partitions?.delete(partition);
    if (partitions?.size === 0) this.#topics.delete(topic);
  }
}
