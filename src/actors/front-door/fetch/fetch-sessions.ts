// What a fetch request means in the light of its session (KIP-227), and what of the results goes into
// its answer.
//
//   session id  epoch  meaning
//   0           -1     no session, none wanted
//   0            0     full fetch; may found a session
//   n            0     ends session n, full fetch; may found another
//   n           -1     ends session n, full fetch
//   n           e > 0  incremental: changes of the session's partitions; all of them are fetched
//
// A full answer tells of every partition asked for. An incremental one tells only of those with
// records, an error, a diverging epoch, or a high watermark or log start other than told before.
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { FetchRequest } from "../../../protocol/messages/01-fetch.ts";
import type { FetchReply } from "../../partition/messages.ts";
import type { FetchPartitions, TopicKey } from "./fetch-partition.ts";
import { FetchPartition, fetchPartitionKey } from "./fetch-partition.ts";
import type { FetchSession, FetchSessionCache } from "./fetch-session-cache.ts";
import type { FetchWatches } from "./fetch-watches.ts";

type Opened = { readonly partitions: readonly FetchPartition[] };
export type OpenedFetch = Opened &
  (
    | { readonly kind: "refused"; readonly errorCode: ErrorCode }
    | { readonly kind: "sessionless" }
    | { readonly kind: "full"; readonly usesTopicIds: boolean }
    | { readonly kind: "incremental"; readonly session: FetchSession; readonly nextEpoch: number }
  );

/** What came of one partition. */
export type FetchResult = { readonly partition: FetchPartition; readonly reply: FetchReply };

export type FetchConclusion = {
  readonly errorCode: ErrorCode;
  readonly sessionId: number;
  readonly results: readonly FetchResult[];
};

const FINAL_EPOCH = -1;
const INITIAL_EPOCH = 0;
const EPOCH_MAX = 0x7fff_ffff;
/** From topic ids on requests name topics by id alone. */
export const TOPIC_IDS_FROM_VERSION = 13;

export class FetchSessions {
  readonly #cache: FetchSessionCache;
  readonly #watches: FetchWatches;

  constructor(cache: FetchSessionCache, watches: FetchWatches) {
    this.#cache = cache;
    this.#watches = watches;
  }

  // ------------------------------------------------------------ the request

  open(
    request: FetchRequest,
    usesTopicIds: boolean,
    connectionId: number,
    nowMs: number,
  ): OpenedFetch {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      const ended = this.#cache.get(sessionId);
      if (ended !== undefined) this.#cache.remove(ended);
      const partitions = [...asked(request, usesTopicIds).values()];
      if (sessionEpoch === FINAL_EPOCH) return { kind: "sessionless", partitions };
      return { kind: "full", usesTopicIds, partitions };
    }
    const session = this.#cache.get(sessionId);
    if (session === undefined) return refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    if (session.epoch !== sessionEpoch) return refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    if (session.usesTopicIds !== usesTopicIds) {
      return refused(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    }
    return this.#openIncremental(session, request, connectionId, nowMs);
  }

  #openIncremental(
    session: FetchSession,
    request: FetchRequest,
    connectionId: number,
    nowMs: number,
  ): OpenedFetch {
    const changes = asked(request, session.usesTopicIds);
    if (!this.#cache.hasRoomFor(changes.size)) {
      // The client starts over with a full request and learns there that it gets no session.
      this.#cache.remove(session);
      return refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }
    for (const [key, change] of changes) {
      const known = session.partitions.get(key);
      if (known === undefined) session.partitions.set(key, change);
      else known.position = change.position;
    }
    this.#forget(session, request);
    if (session.partitions.size === 0) {
      this.#cache.remove(session);
      return { kind: "sessionless", partitions: [] };
    }
    this.#cache.touch(session, connectionId, nowMs);
    session.epoch = session.epoch === EPOCH_MAX ? 1 : session.epoch + 1;
    const partitions = [...session.partitions.values()];
    return { kind: "incremental", session, nextEpoch: session.epoch, partitions };
  }

  #forget(session: FetchSession, { forgottenTopicsData }: FetchRequest): void {
    for (const { topic, topicId, partitions } of forgottenTopicsData) {
      const key = keyOf(topic, topicId, session.usesTopicIds);
      for (const index of partitions) {
        const name = fetchPartitionKey(key, index);
        const partition = session.partitions.get(name);
        if (partition === undefined) continue;
        session.partitions.delete(name);
        this.#watches.takeOff(partition);
      }
    }
  }

  // ------------------------------------------------------------ the answer

  /** `results`: one for each partition that was looked at, in reading order. */
  conclude(
    opened: OpenedFetch,
    results: readonly FetchResult[],
    connectionId: number,
    nowMs: number,
  ): FetchConclusion {
    switch (opened.kind) {
      case "refused":
        return { errorCode: opened.errorCode, sessionId: 0, results: [] };
      case "sessionless":
        this.#takeOffAll(opened.partitions);
        return { errorCode: ErrorCode.NONE, sessionId: 0, results };
      case "full":
        return this.#concludeFull(opened, results, connectionId, nowMs);
      case "incremental":
        return this.#concludeIncremental(opened, results);
    }
  }

  /** There is nobody to answer any more. */
  abandon(opened: OpenedFetch): void {
    // A session's own watches went with the connection.
    if (opened.kind !== "incremental") this.#takeOffAll(opened.partitions);
  }

  #concludeFull(
    opened: Extract<OpenedFetch, { kind: "full" }>,
    results: readonly FetchResult[],
    connectionId: number,
    nowMs: number,
  ): FetchConclusion {
    const { usesTopicIds } = opened;
    const partitions: FetchPartitions = new Map(
      opened.partitions.map((each) => [fetchPartitionKey(each.topic, each.index), each]),
    );
    const session = this.#cache.create(partitions, usesTopicIds, connectionId, nowMs);
    if (session === undefined) this.#takeOffAll(opened.partitions);
    for (const result of results) noteTold(result);
    return { errorCode: ErrorCode.NONE, sessionId: session?.id ?? 0, results };
  }

  #concludeIncremental(
    { session, nextEpoch }: Extract<OpenedFetch, { kind: "incremental" }>,
    results: readonly FetchResult[],
  ): FetchConclusion {
    const isStillThere = this.#cache.get(session.id) === session;
    if (isStillThere && session.epoch !== nextEpoch) {
      // Somebody else has used the session meanwhile: this client's view of it is out of date.
      const errorCode = ErrorCode.INVALID_FETCH_SESSION_EPOCH;
      return { errorCode, sessionId: session.id, results: [] };
    }
    const told = results.filter((result) => {
      const isNews = hasNews(result);
      noteTold(result);
      if (isNews && result.reply.records.length > 0) moveToEnd(session, result.partition);
      return isNews;
    });
    return { errorCode: ErrorCode.NONE, sessionId: session.id, results: told };
  }

  #takeOffAll(partitions: readonly FetchPartition[]): void {
    for (const partition of partitions) this.#watches.takeOff(partition);
  }

  /** What stood on partitions on behalf of a connection. Its sessions may be taken up by another. */
  connectionClosed(connectionId: number): void {
    for (const session of this.#cache.usedBy(connectionId)) {
      for (const partition of session.partitions.values()) this.#watches.takeOff(partition);
    }
  }
}

function refused(errorCode: ErrorCode): OpenedFetch {
  return { kind: "refused", errorCode, partitions: [] };
}

function keyOf(name: string, topicId: string, usesTopicIds: boolean): TopicKey {
  return usesTopicIds ? { name: null, topicId } : { name, topicId: ZERO_UUID };
}

/** The partitions that a request names; of one named twice the last mention holds. */
function asked({ topics }: FetchRequest, usesTopicIds: boolean): FetchPartitions {
  const partitions: FetchPartitions = new Map();
  for (const { topic, topicId, partitions: ofTopic } of topics) {
    const key = keyOf(topic, topicId, usesTopicIds);
    for (const each of ofTopic) {
      const partition = new FetchPartition(key, each.partition, {
        fetchOffset: each.fetchOffset,
        currentLeaderEpoch: each.currentLeaderEpoch,
        lastFetchedEpoch: each.lastFetchedEpoch,
        maxBytes: each.partitionMaxBytes,
      });
      partitions.set(fetchPartitionKey(key, each.partition), partition);
    }
  }
  return partitions;
}

/** `CachedPartition.maybeUpdateResponseData` of Kafka. */
function hasNews({ partition, reply }: FetchResult): boolean {
  return (
    reply.records.length > 0 ||
    reply.errorCode !== ErrorCode.NONE ||
    reply.divergingEpoch !== null ||
    reply.highWatermark !== partition.toldHighWatermark ||
    reply.logStartOffset !== partition.toldLogStartOffset
  );
}

/** After an error the next good answer is news, whatever it says. */
function noteTold({ partition, reply }: FetchResult): void {
  partition.toldHighWatermark = reply.errorCode === ErrorCode.NONE ? reply.highWatermark : -1;
  partition.toldLogStartOffset = reply.logStartOffset;
}

/** Who was served goes behind those who were not, so that nobody starves. */
function moveToEnd(session: FetchSession, partition: FetchPartition): void {
  const key = fetchPartitionKey(partition.topic, partition.index);
  if (session.partitions.get(key) !== partition) return;
  session.partitions.delete(key);
  session.partitions.set(key, partition);
}
