// Produce: v3-13; told to clients as v0-13, because librdkafka before 2.11.1 compresses only if the
// range reaches down to 0.
//
// Each partition of the request carries exactly one batch of magic 2. The batch goes to its partition
// as it came, and what the partition says goes back in the shape of the request; one partition's
// error is never another's. acks=0 gets no bytes at all: an error ends the connection instead.
//
// Version notes:
// - v5: log start offset in the response
// - v7: zstd may be used
// - v8: single records that were refused, and why (KIP-467)
// - v9: flexible
// - v10: where the leader is, beside error 6 (KIP-951)
// - v13: topics by id
//
// Lives on: anywhere (part of the front door).

import type { Outcome } from "../../../base/outcome.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import { ProduceRequest, ProduceResponse } from "../../../protocol/messages/00-produce.ts";
import {
  batchSizeAt,
  batchSizeOf,
  codecOf,
  impossibleBatch,
  isTransactional,
  magicAt,
  magicOf,
} from "../../../protocol/record-batch.ts";
import type { Draft } from "../../../protocol/schema.ts";
import type { Effect } from "../../../runtime/routine.ts";
import { askAll, askEffect } from "../../../runtime/routine.ts";
import type { ProduceReply } from "../../partition/messages.ts";
import { LeaderHints } from "../endpoints.ts";
import { errorText } from "../error-text.ts";
import { errorOfFault, findPartition, topicOf } from "../lookup.ts";
import type { RequestContext } from "../request-context.ts";
import { closeConnection, handler, nothing } from "./handler.ts";

type Response = Draft<typeof ProduceResponse>;
type TopicResponse = Response["responses"][number];
type PartitionResponse = TopicResponse["partitionResponses"][number];
type Refusal = { readonly errorCode: ErrorCode; readonly errorMessage: string | null };

const TOPIC_IDS_FROM_VERSION = 13;
const ZSTD_FROM_VERSION = 7;
const LEADER_HINTS_FROM_VERSION = 10;
const ZSTD = 4;
/** Offset and length of a batch. */
const LENGTH_UP_TO = 12;
/** No record of the oldest format is shorter (`LegacyRecord.RECORD_OVERHEAD_V0`). */
const OLDEST_RECORD_BYTES = 14;
/** Kafka itself writes to its internal topics under this client id alone. */
const ADMIN_CLIENT_ID = "__admin_client";
/** A deadline shorter than a sync of the disk would only make clients send everything twice. */
const TIMEOUT_LEAST_MS = 1000;

export const produce = handler({
  request: ProduceRequest,
  response: ProduceResponse,
  versions: [3, 13],
  advertised: [0, 13],

  *handle(context, request) {
    const split = splitByPartition(context, request);
    if (context.frame.ownsBuffer && context.desk.out.hostCount > 1) {
      context.desk.out.giveAway(context.frame.bytes.buffer as ArrayBuffer, split.questions.length);
    }
    const answers = yield* askAll<ProduceReply>(split.questions);
    for (const [at, { responses, place, index }] of split.asked.entries()) {
      const answer = answers[at]!;
      // Silence says nothing of the batch: it may be waiting for its turn to be written.
      if (!answer.ok) context.frame.isHeld = true;
      responses[place] = partitionResponse(index, answer);
    }
    if (request.acks === 0) return acknowledgeSilently(split.topics);
    return { responses: split.topics, throttleTimeMs: 0, ...hints(context, split.topics) };
  },
});

type Split = {
  /** In the shape of the request; partitions that were asked are filled in later. */
  readonly topics: TopicResponse[];
  readonly questions: Effect[];
  readonly asked: { responses: PartitionResponse[]; place: number; index: number }[];
};

function splitByPartition(context: RequestContext, request: ProduceRequest): Split {
  const { apiVersion, image, desk } = context;
  const { acks } = request;
  const split: Split = { topics: [], questions: [], asked: [] };
  const timeoutMs =
    acks === -1
      ? Math.max(request.timeoutMs, TIMEOUT_LEAST_MS)
      : Math.max(request.timeoutMs, context.config.requestTimeoutMs);
  const requestRefusal = refusalOfRequest(request);
  for (const { name, topicId, partitionData } of request.topicData) {
    if (partitionData.length === 0) continue;
    const topic = topicOf(image, name, topicId, apiVersion >= TOPIC_IDS_FROM_VERSION);
    const responses: PartitionResponse[] = [];
    split.topics.push({ name, topicId, partitionResponses: responses });
    for (const { index, records } of partitionData) {
      const refusal =
        requestRefusal ??
        refusalOfTopic(context, topic, index) ??
        refusalOfRecords(records, apiVersion);
      if (refusal !== undefined || topic === undefined || records === null) {
        responses.push(refused(index, refusal ?? invalidRecord("there are no records")));
        continue;
      }
      const args = { batch: records, acks, produceVersion: apiVersion };
      split.questions.push(askEffect(desk.refs.of(topic, index), "produce", args, timeoutMs));
      split.asked.push({ responses, place: responses.length, index });
      responses.push(pending);
    }
  }
  return split;
}

function refusalOfRequest({ acks, transactionalId }: ProduceRequest): Refusal | undefined {
  if (acks < -1 || acks > 1) {
    return { errorCode: ErrorCode.INVALID_REQUIRED_ACKS, errorMessage: null };
  }
  return transactionalId === null ? undefined : noTransactions;
}

/** Nobody can have begun a transaction, for their coordinator is not served (22-init-producer-id). */
const noTransactions: Refusal = {
  errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  errorMessage: "Transactions are not supported by this broker",
};

function refusalOfTopic(
  context: RequestContext,
  topic: ReturnType<typeof topicOf>,
  index: number,
): Refusal | undefined {
  if (topic === undefined && context.apiVersion >= TOPIC_IDS_FROM_VERSION) {
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, errorMessage: null };
  }
  const found = findPartition(context, topic, index);
  if (typeof found === "number") return { errorCode: found, errorMessage: null };
  if (topic?.isInternal === true && context.clientId !== ADMIN_CLIENT_ID) {
    const errorMessage = `Cannot append to internal topic ${topic.name}`;
    return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage };
  }
  return undefined;
}

/** `ProduceRequest.validateRecords` of Kafka: what can be seen without knowing the topic. */
function refusalOfRecords(records: Uint8Array | null, apiVersion: number): Refusal | undefined {
  const begins = records === null ? "nothing" : beginning(records, 0);
  if (begins === "corrupt") return corrupt;
  if (records === null || begins === "nothing") {
    return invalidRecord(
      `Produce requests with version ${apiVersion} must have at least one record batch`,
    );
  }
  const size = batchSizeAt(records, 0);
  if (size === impossibleBatch) {
    return invalidRecord(
      `Produce requests with version ${apiVersion} are only allowed to contain record batches with magic version 2`,
    );
  }
  if (size !== records.length) {
    if (beginning(records, size) === "corrupt") return corrupt;
    return invalidRecord(
      `Produce requests with version ${apiVersion} are only allowed to contain exactly one record batch per partition`,
    );
  }
  if (isTransactional(records)) return noTransactions;
  if (apiVersion < ZSTD_FROM_VERSION && codecOf(records) === ZSTD) {
    const errorMessage = `Produce requests with version ${apiVersion} are not allowed to use ZStandard compression`;
    return { errorCode: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, errorMessage };
  }
  return undefined;
}

/** What Kafka takes the bytes from there on for (`ByteBufferLogInputStream`). */
function beginning(records: Uint8Array, at: number): "batch" | "nothing" | "corrupt" {
  const left = records.length - at;
  if (left < LENGTH_UP_TO) return "nothing";
  const size = batchSizeOf(records, at);
  if (size < LENGTH_UP_TO + OLDEST_RECORD_BYTES) return "corrupt";
  if (left <= magicAt) return "nothing";
  const magic = magicOf(records, at);
  if (magic < 0 || magic > 2) return "corrupt";
  return left < size ? "nothing" : "batch";
}

const corrupt: Refusal = {
  errorCode: ErrorCode.CORRUPT_MESSAGE,
  errorMessage: "There is no batch of such a length or magic",
};

function invalidRecord(errorMessage: string): Refusal {
  return { errorCode: ErrorCode.INVALID_RECORD, errorMessage };
}

function refused(index: number, { errorCode, errorMessage }: Refusal): PartitionResponse {
  return {
    index,
    errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
    errorMessage,
  };
}

/** Stands where an answer is awaited. */
const pending = refused(-1, { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null });

function partitionResponse(index: number, answer: Outcome<ProduceReply>): PartitionResponse {
  if (!answer.ok) return refused(index, { errorCode: errorOfFault(answer), errorMessage: null });
  const reply = answer.value;
  return {
    index,
    errorCode: reply.errorCode,
    baseOffset: reply.baseOffset,
    logAppendTimeMs: reply.logAppendTimeMs,
    logStartOffset: reply.logStartOffset,
    recordErrors: reply.recordErrors.length === 0 ? noErrors : recordErrors(reply),
    errorMessage: errorText(reply.errorMessage),
  };
}

const noErrors: NonNullable<PartitionResponse["recordErrors"]> = [];

function recordErrors({ recordErrors: errors }: ProduceReply) {
  return errors.map(({ batchIndex, message }) => ({
    batchIndex,
    batchIndexErrorMessage: errorText(message),
  }));
}

function acknowledgeSilently(topics: readonly TopicResponse[]) {
  for (const { name, topicId, partitionResponses } of topics) {
    for (const { index, errorCode } of partitionResponses) {
      if (errorCode === ErrorCode.NONE) continue;
      const topic = name === "" ? topicId : name;
      return closeConnection(`produce with acks=0 to ${topic}-${index} failed: error ${errorCode}`);
    }
  }
  return nothing;
}

function hints(context: RequestContext, topics: TopicResponse[]): Partial<Response> {
  if (context.apiVersion < LEADER_HINTS_FROM_VERSION) return {};
  let leaders: LeaderHints | undefined;
  for (const topic of topics) {
    for (const [place, response] of topic.partitionResponses.entries()) {
      if (response.errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER) continue;
      const { name = "", topicId = "" } = topic;
      const byId = context.apiVersion >= TOPIC_IDS_FROM_VERSION;
      const state = topicOf(context.image, name, topicId, byId)?.partitions[response.index];
      if (state === undefined) continue;
      leaders ??= new LeaderHints(context);
      const responses = topic.partitionResponses as PartitionResponse[];
      responses[place] = { ...response, currentLeader: leaders.leaderOf(state) };
    }
  }
  return leaders === undefined ? {} : { nodeEndpoints: leaders.nodeEndpoints };
}
