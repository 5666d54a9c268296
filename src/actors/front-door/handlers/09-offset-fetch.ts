// OffsetFetch: v1-10. How far groups have read.
//
// Version notes:
// - v2: no topics named means all; an error of the group stands by itself, before in each partition
// - v7: offsets of transactions that are not over may be waited for (KIP-447); there are none
// - v8: several groups (KIP-709)
// - v10: topics by id
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  OffsetFetchRequest,
  OffsetFetchResponse,
} from "../../../protocol/messages/09-offset-fetch.ts";
import type { FetchedPartition, FetchOffsetsReply, Refused } from "../../group/messages.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroups } from "../groups/ask-group.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const GROUP_ERROR_FROM_VERSION = 2;
const BATCHED_FROM_VERSION = 8;
const IDS_FROM_VERSION = 10;

type AskedTopic = {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
};
type AskedGroup = {
  readonly groupId: string;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly topics: readonly AskedTopic[] | null;
};

export const offsetFetch = handler({
  request: OffsetFetchRequest,
  response: OffsetFetchResponse,
  versions: [1, 10],

  *handle(context, request) {
    const isBatched = context.apiVersion >= BATCHED_FROM_VERSION;
    const groups = isBatched ? request.groups : [onlyGroup(request)];
    const timeoutMs = context.config.requestTimeoutMs;
    const asked = groups.map((group) => argsFor(context, group, request.requireStable));
    const replies = yield* askGroups(context, "fetchOffsets", asked, timeoutMs);
    const answers = groups.map((group, i) => answerFor(context, group, replies[i]!));
    if (isBatched) return { throttleTimeMs: 0, groups: answers };
    const { topics, errorCode } = answers[0]!;
    if (context.apiVersion >= GROUP_ERROR_FROM_VERSION || errorCode === ErrorCode.NONE) {
      return { throttleTimeMs: 0, topics, errorCode };
    }
    return { throttleTimeMs: 0, topics: allFailed(groups[0]!, errorCode) };
  },
});

function onlyGroup({ groupId, topics }: OffsetFetchRequest): AskedGroup {
  const named = topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
  return { groupId, memberId: null, memberEpoch: -1, topics: named };
}

/** A topic id that nobody knows asks the group for nothing. */
function argsFor(context: RequestContext, group: AskedGroup, requireStable: boolean) {
  const { groupId, memberId, memberEpoch } = group;
  const topics =
    group.topics?.flatMap((topic) => {
      const name = nameOf(context, topic);
      if (name === undefined) return [];
      const { topicId, partitionIndexes: partitions } = topic;
      return [{ name, topicId: usesIds(context) ? topicId : ZERO_UUID, partitions }];
    }) ?? null;
  return { groupId, memberId, memberEpoch, requireStable, topics };
}

function usesIds({ apiVersion }: RequestContext): boolean {
  return apiVersion >= IDS_FROM_VERSION;
}

function nameOf(context: RequestContext, { name, topicId }: AskedTopic): string | undefined {
  return usesIds(context) ? context.image.topicById(topicId)?.name : name;
}

function answerFor(context: RequestContext, group: AskedGroup, reply: FetchOffsetsReply | Refused) {
  const { groupId } = group;
  if (isRefused(reply)) return { groupId, topics: [], errorCode: reply.refused };
  const errorCode = ErrorCode.NONE;
  if (group.topics === null) return { groupId, topics: everything(context, reply), errorCode };
  let asked = 0;
  const topics = group.topics.map((topic) => {
    const { name, topicId, partitionIndexes } = topic;
    const partitions =
      nameOf(context, topic) === undefined
        ? partitionIndexes.map((index) => failed(index, ErrorCode.UNKNOWN_TOPIC_ID))
        : reply.topics[asked++]!.partitions.map(answered);
    return { name, topicId, partitions };
  });
  return { groupId, topics, errorCode };
}

/** By id, topics that are gone cannot be told. */
function everything(context: RequestContext, { topics }: FetchOffsetsReply) {
  return topics.flatMap(({ name, partitions }) => {
    const topicId = context.image.topicByName(name)?.topicId;
    if (topicId === undefined && usesIds(context)) return [];
    return [{ name, topicId: topicId ?? ZERO_UUID, partitions: partitions.map(answered) }];
  });
}

function answered(partition: FetchedPartition) {
  return {
    partitionIndex: partition.partitionIndex,
    committedOffset: partition.offset,
    committedLeaderEpoch: partition.leaderEpoch,
    metadata: partition.metadata,
    errorCode: partition.errorCode,
  };
}

function failed(partitionIndex: number, errorCode: ErrorCode) {
  return answered({ partitionIndex, offset: -1n, leaderEpoch: -1, metadata: "", errorCode });
}

function allFailed({ topics }: AskedGroup, errorCode: ErrorCode) {
  return (topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((index) => failed(index, errorCode)),
  }));
}
