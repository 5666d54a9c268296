// DescribeLogDirs: v1-5. What lies in each data directory: the size of each partition, and the space on
// its volume. The volumes are asked of this host's broker, the sizes of the partitions themselves.
//
// Version notes:
// - v2: flexible
// - v3: an error of the whole request
// - v4: space on the volume (KIP-827)
// - v5: whether the directory takes no more partitions; ours always takes them
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from "../../../protocol/messages/35-describe-log-dirs.ts";
import { ask, askAll, askEffect } from "../../../runtime/routine.ts";
import { brokerRef } from "../../broker/messages.ts";
import type { PartitionProtocol } from "../../partition/messages.ts";
import { findPartition } from "../lookup.ts";
import { mergedTopics } from "../merged-topics.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type LogReply = PartitionProtocol["describeLog"]["reply"];
type Wanted = { readonly name: string; readonly indexes: readonly number[] };

export const describeLogDirs = handler({
  request: DescribeLogDirsRequest,
  response: DescribeLogDirsResponse,
  versions: [1, 5],

  *handle(context, request) {
    const { desk, config } = context;
    const place = brokerRef(desk.out.hostIndex);
    const asked = yield* ask(place, "describeLogDirectories", {}, config.requestTimeoutMs);
    if (!asked.ok) {
      return { throttleTimeMs: 0, errorCode: ErrorCode.KAFKA_STORAGE_ERROR, results: [] };
    }
    const topicsIn = yield* describeTopics(context, wantedOf(context, request));
    const results = asked.value.directories.map((directory) => {
      const { path: logDir, failed, totalBytes, freeBytes: usableBytes } = directory;
      if (failed) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] };
      const topics = topicsIn(logDir);
      return { errorCode: ErrorCode.NONE, logDir, topics, totalBytes, usableBytes };
    });
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, results };
  },
});

/** Partitions that are here; null in the request means all of them. */
function wantedOf(context: RequestContext, { topics }: DescribeLogDirsRequest): Wanted[] {
  const isHere = (name: string) => (index: number) =>
    typeof findPartition(context, context.image.topicByName(name), index) !== "number";
  const named =
    topics === null
      ? context.image.topics().map(({ name, partitions }) => ({
          name,
          indexes: partitions.map(({ partitionId }) => partitionId),
        }))
      : mergedTopics(
          topics.map(({ topic, partitions }) => ({ name: topic, partitions })),
          (index) => index,
        ).map(({ name, partitions }) => ({ name, indexes: partitions }));
  return named
    .map(({ name, indexes }) => ({ name, indexes: indexes.filter(isHere(name)) }))
    .filter(({ indexes }) => indexes.length > 0);
}

function* describeTopics(context: RequestContext, wanted: readonly Wanted[]) {
  const { image, desk, config } = context;
  const questions = wanted.flatMap(({ name, indexes }) => {
    const topic = image.topicByName(name)!;
    return indexes.map((index) =>
      askEffect(desk.refs.of(topic, index), "describeLog", {}, config.requestTimeoutMs),
    );
  });
  const answers = yield* askAll<LogReply>(questions);
  let place = 0;
  const described = wanted.map(({ name, indexes }) => ({
    name,
    partitions: indexes.flatMap((partitionIndex) => {
      const answer = answers[place++]!;
      // A log that cannot be described just now is left out; the response has no place for its error.
      if (!answer.ok || answer.value.errorCode !== ErrorCode.NONE) return [];
      const { logDirectory, sizeBytes: partitionSize, offsetLag } = answer.value;
      return [{ logDirectory, partitionIndex, partitionSize, offsetLag, isFutureKey: false }];
    }),
  }));
  return (logDir: string) =>
    described
      .map(({ name, partitions }) => ({
        name,
        partitions: partitions.filter(({ logDirectory }) => logDirectory === logDir),
      }))
      .filter(({ partitions }) => partitions.length > 0);
}
