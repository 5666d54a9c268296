// OffsetCommit: v2-10. How far a group has read; answered when it is durable.
//
// Version notes:
// - v2-v4: a retention time of the request's own
// - v6: leader epochs
// - v7: static members (KIP-345)
// - v10: topics by id
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from "../../../protocol/messages/08-offset-commit.ts";
import type { CommitArgs } from "../../group/messages.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import { topicOf } from "../lookup.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const IDS_FROM_VERSION = 10;

type Topic = OffsetCommitRequest["topics"][number];

export const offsetCommit = handler({
  request: OffsetCommitRequest,
  response: OffsetCommitResponse,
  versions: [2, 10],

  *handle(context, request) {
    /** Per topic and partition: why it is not even asked for, or undefined. */
    const refusals: (ErrorCode | undefined)[][] = [];
    const named = request.topics.filter(({ partitions }) => partitions.length > 0);
    const topics = named.map((topic) => known(context, topic, refusals));
    const args = {
      groupId: request.groupId,
      generationIdOrMemberEpoch: request.generationIdOrMemberEpoch,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      retentionTimeMs: request.retentionTimeMs,
      apiVersion: context.apiVersion,
      topics: topics.filter(({ partitions }) => partitions.length > 0),
    };
    const timeoutMs = context.config.group.offsetsCommitTimeoutMs;
    const reply =
      args.topics.length === 0 && request.topics.length > 0
        ? { errorCodes: [] }
        : yield* askGroup(context, "commitOffsets", args, timeoutMs);
    let asked = 0;
    const answered = named.map(({ name, topicId, partitions }, i) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }, j) => {
        const refusal = refusals[i]![j];
        if (refusal !== undefined) return { partitionIndex, errorCode: refusal };
        const errorCode = isRefused(reply) ? reply.refused : reply.errorCodes[asked++]!;
        return { partitionIndex, errorCode };
      }),
    }));
    return { throttleTimeMs: 0, topics: answered };
  },
});

/** The partitions of the topic that there are; why not goes to `refusals` for every one. */
function known(
  { image, apiVersion }: RequestContext,
  { name, topicId, partitions }: Topic,
  refusals: (ErrorCode | undefined)[][],
): CommitArgs["topics"][number] {
  const byId = apiVersion >= IDS_FROM_VERSION;
  const topic = topicOf(image, name, topicId, byId);
  const refusalsOfTopic: (ErrorCode | undefined)[] = [];
  refusals.push(refusalsOfTopic);
  const asked = partitions.filter(({ partitionIndex }) => {
    const refusal =
      topic === undefined && byId
        ? ErrorCode.UNKNOWN_TOPIC_ID
        : topic?.partitions[partitionIndex] === undefined
          ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
          : undefined;
    refusalsOfTopic.push(refusal);
    return refusal === undefined;
  });
  return {
    name: topic?.name ?? name,
    topicId: topic?.topicId ?? topicId,
    partitions: asked.map((partition) => ({
      partitionIndex: partition.partitionIndex,
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? "",
    })),
  };
}
