// One partition of a fetch request or of a fetch session: where the client stands, what it was told
// last, and the watch that stands on the partition for it.
//
// Lives on: anywhere (part of the front door).

import type { ParkedFetch } from "./purgatory.ts";

/** How a request names a topic: by name below Fetch 13, by id from then on. */
export type TopicKey = { readonly name: string | null; readonly topicId: string };

/** What a request says of one partition. */
export type FetchPosition = {
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
};

/** A watch that stands on the partition actor. */
export type StandingWatch = {
  readonly watchId: number;
  readonly topicId: string;
  readonly readCommitted: boolean;
  /** Up to where it has told us, or was asked not to. */
  toldEnd: number;
  /** Until when it counts without being set again (monotonic). */
  trustedUntilMs: number;
};

/** What the partition said last about a place where there was nothing to read. */
export class FetchPartition {
  readonly topic: TopicKey;
  readonly index: number;
  position: FetchPosition;

  /** Whether there has been such a topic. */
  wasFound = false;

  // What the client was told last (CachedPartition of Kafka); -1: tell it again.
  toldHighWatermark = -1;
  toldLogStartOffset = -1;

  /** Where reading ended last time it was looked; -1 when that is not known. */
  visibleEnd = -1;
  watch: StandingWatch | undefined;
  /** The fetch that waits for it at present. */
  parked: ParkedFetch | undefined;

  constructor(topic: TopicKey, index: number, position: FetchPosition) {
    this.topic = topic;
    this.index = index;
    this.position = position;
  }
}

/** Tells partitions of one request or session apart. */
export function fetchPartitionKey(topic: TopicKey, index: number): string {
  return `${topic.name ?? topic.topicId}/${index}`;
}

/** In the order in which they are to be read. */
export type FetchPartitions = Map<string, FetchPartition>;
