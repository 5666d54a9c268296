// ListOffsets: v1-11. The offset of a timestamp, or one of the special ones, per partition.
//
// Version notes:
// - v2: isolation level
// - v4: leader epochs
// - v7-v9, v11: the special timestamps -3 to -6; the partition says which version may ask for which
// - v10: a timeout
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ListOffsetsRequest,
  ListOffsetsResponse,
} from "../../../protocol/messages/02-list-offsets.ts";
import { askEach } from "../ask-each.ts";
import { deadlineOf } from "../deadlines.ts";
import { isIsolationLevel, READ_COMMITTED } from "../isolation-level.ts";
import { mergedTopics } from "../merged-topics.ts";
import { handler } from "./handler.ts";

const LEADER_EPOCH_FROM_VERSION = 4;
const TIMEOUT_FROM_VERSION = 10;

export const listOffsets = handler({
  request: ListOffsetsRequest,
  response: ListOffsetsResponse,
  versions: [1, 11],

  *handle(context, request) {
    const { apiVersion: version, config } = context;
    const readCommitted = request.isolationLevel === READ_COMMITTED;
    const twice = namedTwice(request.topics);
    const failed = (partitionIndex: number, errorCode: ErrorCode) => ({
      partitionIndex,
      errorCode,
      timestamp: -1,
      offset: -1,
      leaderEpoch: -1,
    });

    if (!isIsolationLevel(request.isolationLevel)) {
      // Kafka fails over it as a whole.
      const topics = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) =>
          failed(partitionIndex, ErrorCode.UNKNOWN_SERVER_ERROR),
        ),
      }));
      return { throttleTimeMs: 0, topics };
    }

    const asked = mergedTopics(request.topics, ({ partitionIndex }) => partitionIndex);
    const topics = yield* askEach(context, "listOffset", asked, {
      timeoutMs:
        version >= TIMEOUT_FROM_VERSION ? deadlineOf(request.timeoutMs) : config.requestTimeoutMs,
      indexOf: ({ partitionIndex }) => partitionIndex,
      args: ({ timestamp, currentLeaderEpoch }) => ({
        timestamp: soonEnough(timestamp),
        readCommitted,
        currentLeaderEpoch,
        version,
      }),
      answered: ({ partitionIndex }, reply) => ({
        partitionIndex,
        ...reply,
        leaderEpoch: version >= LEADER_EPOCH_FROM_VERSION ? reply.leaderEpoch : -1,
      }),
      failed: ({ partitionIndex }, errorCode) => failed(partitionIndex, errorCode),
    });
    // Of a partition named twice nobody could tell which answer is whose.
    for (const { name, partitions } of twice.size === 0 ? [] : topics) {
      for (const [place, { partitionIndex }] of partitions.entries()) {
        if (!twice.has(`${name}-${partitionIndex}`)) continue;
        partitions[place] = failed(partitionIndex, ErrorCode.INVALID_REQUEST);
      }
    }
    return { throttleTimeMs: 0, topics };
  },
});

/** No record is later than 2^53 ms, so beyond it every question has one answer. */
function soonEnough(timestamp: bigint): number {
  const latest = BigInt(Number.MAX_SAFE_INTEGER);
  if (timestamp < -latest) return -Number.MAX_SAFE_INTEGER;
  return Number(timestamp < latest ? timestamp : latest);
}

function namedTwice(topics: ListOffsetsRequest["topics"]): ReadonlySet<string> {
  const named = new Set<string>();
  const twice = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`;
      if (named.has(key)) twice.add(key);
      named.add(key);
    }
  }
  return twice;
}
