// Fetch: v4-18.
//
// Reads the partitions of the request, or of its session, and answers at once when there is enough to
// read, or when anything is wrong with a partition; else it parks until enough has become visible, or
// `max_wait_ms` is over, and then reads again what has changed (DelayedFetch of Kafka). Partitions
// under a standing watch that have nothing new are not asked at all.
//
// Record batches are never copied: they leave as they came from the partition, between the pieces of
// the response.
//
// Version notes:
// - v4: isolation level, aborted transactions
// - v5: log start offset
// - v7: sessions (KIP-227)
// - v9: current leader epoch; v12: last fetched epoch, diverging epoch
// - v11: rack and preferred read replica; there is one replica, so none is ever preferred
// - v13: topics by id
// - v15: who replicates says so in a tagged field; v16: where the leader is, beside errors 6 and 74
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../../../protocol/messages/01-fetch.ts";
import type { Draft } from "../../../protocol/schema.ts";
import type { Routine } from "../../../runtime/routine.ts";
import { waitFor } from "../../../runtime/routine.ts";
import type { FetchReply } from "../../partition/messages.ts";
import { LeaderHints } from "../endpoints.ts";
import type { FetchPartition } from "../fetch/fetch-partition.ts";
import { FetchReading } from "../fetch/fetch-reading.ts";
import type { FetchConclusion } from "../fetch/fetch-sessions.ts";
import { TOPIC_IDS_FROM_VERSION } from "../fetch/fetch-sessions.ts";
import { failedRead } from "../fetch/read-waves.ts";
import { isIsolationLevel } from "../isolation-level.ts";
import { topicOf } from "../lookup.ts";
import type { RequestContext } from "../request-context.ts";
import type { Unanswered } from "./handler.ts";
import { handler, nothing } from "./handler.ts";

type Response = Draft<typeof FetchResponse>;
type TopicResponse = Response["responses"][number];
type PartitionResponse = TopicResponse["partitions"][number];

const LEADER_HINTS_FROM_VERSION = 16;
/** Clients of these versions do not know KAFKA_STORAGE_ERROR. */
const STORAGE_ERROR_AFTER_VERSION = 5;

export const fetch = handler({
  request: FetchRequest,
  response: FetchResponse,
  versions: [4, 18],
  isBulky: true,

  *handle(context, request): Routine<Response | Unanswered> {
    const { budget, sessions } = context.desk.fetches;
    const connectionId = context.connection.facts.id;
    const usesTopicIds = context.apiVersion >= TOPIC_IDS_FROM_VERSION;
    if (!isIsolationLevel(request.isolationLevel)) return refuseAll(request, usesTopicIds);
    const opened = sessions.open(request, usesTopicIds, connectionId, context.nowMs);

    const reading = new FetchReading(context, request, opened.partitions);
    const wanted = Math.max(0, Math.min(request.maxBytes, context.config.fetchMaxBytes));
    let granted = budget.take(wanted);
    yield* reading.read(granted);
    if (isStillThere(context) && !reading.mustAnswerNow(granted, wanted)) {
      budget.giveBack(granted);
      yield* park(context, reading, reading.missingBytes(wanted), request.maxWaitMs);
      granted = budget.take(wanted);
      if (isStillThere(context)) yield* reading.read(granted);
    }
    budget.giveBack(granted);

    if (!isStillThere(context)) {
      sessions.abandon(opened);
      return nothing;
    }
    const { results } = reading;
    const conclusion = sessions.conclude(opened, results, connectionId, context.nowMs);
    return respond(context, conclusion, reading.isReplica);
  },
});

/** Nothing but this code is what Kafka answers to an isolation level that there is not. */
function refuseAll({ sessionId, topics }: FetchRequest, usesTopicIds: boolean): Response {
  const errorCode = ErrorCode.UNKNOWN_SERVER_ERROR;
  const responses = usesTopicIds
    ? []
    : topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => refused(partition, errorCode)),
      }));
  return { throttleTimeMs: 0, errorCode, sessionId, responses };
}

function refused(partitionIndex: number, code: ErrorCode): PartitionResponse {
  const { divergingEpoch: _, ...reply } = failedRead(code, []);
  return { partitionIndex, ...reply };
}

/** The connection may close between any two steps. */
function isStillThere({ connection }: RequestContext): boolean {
  return connection.state !== "closed";
}

/** Waits until enough has become readable, an answer is due for another reason, or time is over. */
function* park(
  context: RequestContext,
  reading: FetchReading,
  missingBytes: number,
  maxWaitMs: number,
): Routine<void> {
  const { purgatory } = context.desk.fetches;
  const parked = purgatory.park(context.connection.facts.id, missingBytes);
  reading.park(parked);
  yield* waitFor(parked.signal, maxWaitMs);
  reading.unpark(parked);
  purgatory.leave(parked);
}

// ------------------------------------------------------------------ the response

function respond(
  context: RequestContext,
  conclusion: FetchConclusion,
  isReplica: boolean,
): Response {
  const { errorCode, sessionId, results } = conclusion;
  const leaders = new LeaderHints(context);
  const responses: TopicResponse[] = [];
  let partitions: PartitionResponse[] = [];
  let before: FetchPartition["topic"] | undefined;
  for (const { partition, reply } of results) {
    const { name, topicId } = partition.topic;
    if (before === undefined || before.name !== name || before.topicId !== topicId) {
      partitions = [];
      responses.push({ topic: name ?? "", topicId, partitions });
      before = partition.topic;
    }
    partitions.push(partitionResponse(context, partition, reply, leaders));
  }
  const { nodeEndpoints } = leaders;
  // The tagged field is there for versions that know it only; a replica knows the others' addresses.
  const hints = nodeEndpoints.length === 0 || isReplica ? {} : { nodeEndpoints };
  return { throttleTimeMs: 0, errorCode, sessionId, responses, ...hints };
}

function partitionResponse(
  context: RequestContext,
  partition: FetchPartition,
  reply: FetchReply,
  leaders: LeaderHints,
): PartitionResponse {
  const response: PartitionResponse = {
    partitionIndex: partition.index,
    errorCode: errorFor(context.apiVersion, reply.errorCode),
    highWatermark: reply.highWatermark,
    lastStableOffset: reply.lastStableOffset,
    logStartOffset: reply.logStartOffset,
    abortedTransactions: reply.abortedTransactions,
    preferredReadReplica: -1,
    records: reply.records,
  };
  const { divergingEpoch } = reply;
  if (divergingEpoch !== null) return { ...response, divergingEpoch };
  if (context.apiVersion < LEADER_HINTS_FROM_VERSION || !isLeaderError(reply.errorCode)) {
    return response;
  }
  const { name, topicId } = partition.topic;
  const topic = topicOf(context.image, name ?? "", topicId, name === null);
  const state = topic?.partitions[partition.index];
  return state === undefined ? response : { ...response, currentLeader: leaders.leaderOf(state) };
}

function isLeaderError(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH
  );
}

function errorFor(apiVersion: number, errorCode: ErrorCode): ErrorCode {
  const isNew = errorCode === ErrorCode.KAFKA_STORAGE_ERROR;
  return isNew && apiVersion <= STORAGE_ERROR_AFTER_VERSION
    ? ErrorCode.NOT_LEADER_OR_FOLLOWER
    : errorCode;
}
