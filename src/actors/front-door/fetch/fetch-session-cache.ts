// The fetch sessions of one host (KIP-227) within `max.incremental.fetch.session.cache.slots`, with
// Kafka's rules of who has to go for whom (FetchSessionCache):
//   1. a session that nobody has used for two minutes goes first, the longest unused one;
//   2. else, among sessions older than two minutes, the one with the fewest partitions goes, if the
//      newcomer has more than it (or as many);
//   3. else the newcomer gets no session and keeps sending full requests.
//
// Sessions belong to no connection: a client may go on with one from another connection of the same
// host. Ids are random and tell the host, so one host never takes another's for its own.
//
// Lives on: anywhere (part of the front door).

import { assert } from "../../../base/assert.ts";
import type { FetchPartition, FetchPartitions } from "./fetch-partition.ts";

/** `FetchSessionCache.MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS` of Kafka. */
export const EVICTION_AFTER_MS = 120_000;

export type FetchSession = {
  readonly id: number;
  /** What the next request must bring. */
  epoch: number;
  readonly usesTopicIds: boolean;
  readonly partitions: FetchPartitions;
  readonly createdMs: number;
  lastUsedMs: number;
  /** The connection that used it last: when that closes, its watches go. */
  connectionId: number;
};

export type FetchSessionCacheOptions = {
  readonly slots: number;
  /** Bounds memory, which slots alone do not: a session may name any number of partitions. */
  readonly partitionsMax: number;
  readonly hostIndex: number;
  readonly hostCount: number;
  readonly uint32: () => number;
  /** A partition is in no session any more. */
  readonly released: (partition: FetchPartition) => void;
};

const SESSION_ID_MAX = 0x7fff_ffff;

export class FetchSessionCache {
  readonly #options: FetchSessionCacheOptions;
  /** In the order of last use, the longest unused first. */
  readonly #sessions = new Map<number, FetchSession>();
  /** Size per session as counted in `#partitionCount`. */
  readonly #sizes = new Map<number, number>();
  #partitionCount = 0;
  #evictions = 0;

  constructor(options: FetchSessionCacheOptions) {
    this.#options = options;
  }

  get slots(): number {
    return this.#options.slots;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  get evictions(): number {
    return this.#evictions;
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id);
  }

  /** A new session over `partitions`, or none when nobody may be sent away for it. */
  create(
    partitions: FetchPartitions,
    usesTopicIds: boolean,
    connectionId: number,
    nowMs: number,
  ): FetchSession | undefined {
    const { slots, partitionsMax } = this.#options;
    if (this.#partitionCount + partitions.size > partitionsMax) return undefined;
    if (this.#sessions.size >= slots && !this.#tryEvict(partitions.size, nowMs)) return undefined;
    const session: FetchSession = {
      id: this.#newId(),
      epoch: 1,
      usesTopicIds,
      partitions,
      createdMs: nowMs,
      lastUsedMs: nowMs,
      connectionId,
    };
    this.#sessions.set(session.id, session);
    this.#count(session);
    return session;
  }

  /** The session was used, and its partitions may be others than before. */
  touch(session: FetchSession, connectionId: number, nowMs: number): void {
    assert(this.#sessions.get(session.id) === session, "a session that was removed is used");
    session.lastUsedMs = nowMs;
    session.connectionId = connectionId;
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
    this.#count(session);
  }

  /** Whether the cache could hold so many partitions more. */
  hasRoomFor(partitionsMore: number): boolean {
    return this.#partitionCount + partitionsMore <= this.#options.partitionsMax;
  }

  remove(session: FetchSession): void {
    if (this.#sessions.get(session.id) !== session) return;
    this.#sessions.delete(session.id);
    this.#partitionCount -= this.#sizes.get(session.id) ?? 0;
    this.#sizes.delete(session.id);
    for (const partition of session.partitions.values()) this.#options.released(partition);
  }

  /** Sessions whose last request came by this connection. */
  *usedBy(connectionId: number): Generator<FetchSession> {
    for (const session of this.#sessions.values()) {
      if (session.connectionId === connectionId) yield session;
    }
  }

  #count(session: FetchSession): void {
    this.#partitionCount += session.partitions.size - (this.#sizes.get(session.id) ?? 0);
    this.#sizes.set(session.id, session.partitions.size);
  }

  #tryEvict(newcomerSize: number, nowMs: number): boolean {
    const longestUnused = this.#sessions.values().next().value;
    if (longestUnused === undefined) return false;
    if (nowMs - longestUnused.lastUsedMs > EVICTION_AFTER_MS) return this.#evict(longestUnused);
    const smallest = this.#smallestEvictable(nowMs);
    if (smallest === undefined || newcomerSize < smallest.partitions.size) return false;
    return this.#evict(smallest);
  }

  /** Only looked for when the cache is full, so a walk over the slots is cheap enough. */
  #smallestEvictable(nowMs: number): FetchSession | undefined {
    let smallest: FetchSession | undefined;
    for (const session of this.#sessions.values()) {
      if (nowMs - session.createdMs <= EVICTION_AFTER_MS) continue;
      if (smallest === undefined || isLessWorth(session, smallest)) smallest = session;
    }
    return smallest;
  }

  #evict(session: FetchSession): boolean {
    this.#evictions += 1;
    this.remove(session);
    return true;
  }

  #newId(): number {
    const { hostIndex, hostCount, uint32 } = this.#options;
    for (;;) {
      const drawn = uint32() % SESSION_ID_MAX;
      const id = drawn - (drawn % hostCount) + hostIndex;
      if (id > 0 && id <= SESSION_ID_MAX && !this.#sessions.has(id)) return id;
    }
  }
}

function isLessWorth(one: FetchSession, other: FetchSession): boolean {
  const difference = one.partitions.size - other.partitions.size;
  return difference === 0 ? one.id < other.id : difference < 0;
}
