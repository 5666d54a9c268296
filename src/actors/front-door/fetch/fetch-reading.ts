// The reads of one fetch request: which partitions are asked, within what, and whether what they gave
// is enough to answer.
//
// Lives on: anywhere (part of the front door).

import type { TopicState } from "../../../metadata/image.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { FetchRequest } from "../../../protocol/messages/01-fetch.ts";
import type { Effect, Routine } from "../../../runtime/routine.ts";
import { askEffect } from "../../../runtime/routine.ts";
import type { FetchReply } from "../../partition/messages.ts";
import { partitionRef } from "../../partition/messages.ts";
import { READ_COMMITTED } from "../isolation-level.ts";
import { findPartition, topicOf } from "../lookup.ts";
import type { RequestContext } from "../request-context.ts";
import type { FetchPartition } from "./fetch-partition.ts";
import type { FetchResult } from "./fetch-sessions.ts";
import type { ParkedFetch } from "./purgatory.ts";
import { failedRead, readInWaves, visibleEndOf } from "./read-waves.ts";

const READ_TIMEOUT_MS = 30_000;

export class FetchReading {
  readonly #context: RequestContext;
  readonly #request: FetchRequest;
  readonly #partitions: readonly FetchPartition[];
  readonly #readCommitted: boolean;
  readonly isReplica: boolean;
  readonly #replies = new Map<FetchPartition, FetchReply>();
  #bytes = 0;
  #unknownPartitions = 0;
  #hasError = false;

  constructor(
    context: RequestContext,
    request: FetchRequest,
    partitions: readonly FetchPartition[],
  ) {
    this.#context = context;
    this.#request = request;
    this.#partitions = partitions;
    this.#readCommitted = request.isolationLevel === READ_COMMITTED;
    this.isReplica = Math.max(request.replicaId, request.replicaState.replicaId) >= 0;
  }

  /** What is known of the partitions by now, in the order of the request. */
  get results(): FetchResult[] {
    const results: FetchResult[] = [];
    for (const partition of this.#partitions) {
      const reply = this.#replies.get(partition);
      if (reply !== undefined) results.push({ partition, reply });
    }
    return results;
  }

  /**
   * Reads every partition that may have something to say, within `bytesMax`. A partition is passed
   * over when a watch stands on it and it had nothing to read when it was looked at last.
   */
  *read(bytesMax: number): Routine<void> {
    const readable: FetchPartition[] = [];
    this.#unknownPartitions = 0;
    for (const partition of this.#partitions) {
      const found = this.#find(partition);
      if (typeof found === "number") this.#refuse(partition, found);
      else if (this.#mayHaveNews(partition, found)) readable.push(partition);
    }
    const replies = yield* readInWaves(readable, {
      bytesMax,
      readCommitted: this.#readCommitted,
      question: (partition, maxBytes, wholeFirst) =>
        this.#question(partition, maxBytes, wholeFirst),
    });
    for (const [at, partition] of readable.entries()) this.#note(partition, replies[at]!);
  }

  /**
   * Whether there is nothing to wait for: enough to read, something wrong, or no partition that
   * anything could be expected of. A client whose minimum is more than it was granted would wait in
   * vain: it takes what is there.
   */
  mustAnswerNow(bytesGranted: number, bytesWanted: number): boolean {
    const { maxWaitMs } = this.#request;
    return (
      maxWaitMs <= 0 ||
      this.#hasError ||
      this.#unknownPartitions === this.#partitions.length ||
      this.missingBytes(bytesWanted) <= 0 ||
      (this.#bytes > 0 && this.#minBytes(bytesWanted) > bytesGranted / 2)
    );
  }

  missingBytes(bytesWanted: number): number {
    return this.#minBytes(bytesWanted) - this.#bytes;
  }

  #minBytes(bytesWanted: number): number {
    return Math.min(this.#request.minBytes, bytesWanted);
  }

  /** Keeps no records while nobody can have them, and hears of whatever becomes readable. */
  park(parked: ParkedFetch): void {
    const { watches } = this.#context.desk.fetches;
    for (const partition of this.#partitions) {
      const reply = this.#replies.get(partition);
      if (reply !== undefined && reply.records.length > 0) this.#replies.delete(partition);
      const found = this.#find(partition);
      if (typeof found === "number") continue;
      partition.parked = parked;
      watches.set(partition, found.topicId, this.#readCommitted, this.#context.nowMs);
    }
    this.#bytes = 0;
  }

  unpark(parked: ParkedFetch): void {
    for (const partition of this.#partitions) {
      if (partition.parked === parked) partition.parked = undefined;
    }
  }

  #refuse(partition: FetchPartition, errorCode: ErrorCode): void {
    this.#context.desk.fetches.watches.takeOff(partition);
    this.#replies.set(partition, failedRead(errorCode, isUnknown(errorCode) ? [] : null));
    // A partition that is not there holds nobody up; it may be one of many (KafkaApis.handleFetch).
    if (isUnknown(errorCode)) this.#unknownPartitions += 1;
    else this.#hasError = true;
  }

  #note(partition: FetchPartition, reply: FetchReply): void {
    this.#replies.set(partition, reply);
    this.#bytes += reply.records.length;
    const isGood = reply.errorCode === ErrorCode.NONE && reply.divergingEpoch === null;
    if (!isGood) this.#hasError = true;
    partition.visibleEnd = isGood ? visibleEndOf(reply, this.#readCommitted) : -1;
  }

  #question(partition: FetchPartition, maxBytes: number, wholeFirstBatch: boolean): Effect {
    const { fetchOffset, currentLeaderEpoch, lastFetchedEpoch } = partition.position;
    const args = {
      fetchOffset,
      maxBytes,
      wholeFirstBatch,
      currentLeaderEpoch,
      lastFetchedEpoch,
      readCommitted: this.#readCommitted,
    };
    const topic = this.#topic(partition);
    // It was found a moment ago, but a wave of reads may have passed since, and the topic be gone.
    const ref =
      topic === undefined
        ? partitionRef(partition.topic.topicId, partition.index)
        : this.#context.desk.refs.of(topic, partition.index);
    return askEffect(ref, "fetch", args, READ_TIMEOUT_MS);
  }

  #topic({ topic }: FetchPartition): TopicState | undefined {
    return topicOf(this.#context.image, topic.name ?? "", topic.topicId, topic.name === null);
  }

  #find(partition: FetchPartition): TopicState | ErrorCode {
    const topic = this.#topic(partition);
    // An id that has been a topic's in this session is one of a topic that is gone (CachedPartition).
    const isGone = partition.wasFound || partition.topic.name !== null;
    if (topic === undefined && !isGone) return ErrorCode.UNKNOWN_TOPIC_ID;
    if (topic !== undefined) partition.wasFound = true;
    const found = findPartition(this.#context, topic, partition.index);
    if (typeof found === "number") return found;
    // Nobody replicates from this node, so whoever says so is in no replica set
    // (Partition.followerReplicaOrThrow).
    if (this.isReplica) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    // Kafka fails over it where it reads.
    const bytesMax = Math.min(partition.position.maxBytes, this.#request.maxBytes);
    return bytesMax < 0 ? ErrorCode.UNKNOWN_SERVER_ERROR : topic!;
  }

  #mayHaveNews(partition: FetchPartition, topic: TopicState): boolean {
    const { watches } = this.#context.desk.fetches;
    const { currentLeaderEpoch, fetchOffset } = partition.position;
    const leaderEpoch = topic.partitions[partition.index]?.leaderEpoch;
    return (
      partition.visibleEnd !== fetchOffset ||
      (currentLeaderEpoch !== -1 && currentLeaderEpoch !== leaderEpoch) ||
      !watches.stands(partition, topic.topicId, this.#readCommitted, this.#context.nowMs)
    );
  }
}

function isUnknown(errorCode: ErrorCode): boolean {
  return (
    errorCode === ErrorCode.UNKNOWN_TOPIC_ID || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  );
}
