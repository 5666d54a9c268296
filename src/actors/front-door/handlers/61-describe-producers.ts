// DescribeProducers: v0. The idempotent producers whose state a partition holds (KIP-664).
//
// Lives on: anywhere (part of the front door).

import { topicNameProblem } from "../../../metadata/topic-names.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from "../../../protocol/messages/61-describe-producers.ts";
import type { Draft } from "../../../protocol/schema.ts";
import { askEach } from "../ask-each.ts";
import { errorText } from "../error-text.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

export const describeProducers = handler({
  request: DescribeProducersRequest,
  response: DescribeProducersResponse,
  versions: [0, 0],

  *handle(context, request) {
    const asked = request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes,
    }));
    const topics = yield* askEach(context, "describeProducers", asked, {
      timeoutMs: context.config.requestTimeoutMs,
      indexOf: (partitionIndex) => partitionIndex,
      args: () => ({}),
      answered: (partitionIndex, { errorCode, producers }) => ({
        partitionIndex,
        errorCode,
        errorMessage: null,
        activeProducers: producers.map((producer) => ({
          producerId: producer.producerId,
          producerEpoch: producer.producerEpoch,
          lastSequence: producer.lastSequence,
          lastTimestamp: producer.lastTimestampMs,
          coordinatorEpoch: producer.coordinatorEpoch,
          currentTxnStartOffset: producer.currentTransactionStartOffset,
        })),
      }),
      failed: refused,
    });
    return { throttleTimeMs: 0, topics: topics.map((topic) => explained(context, topic)) };
  },
});

type Topic = Draft<typeof DescribeProducersResponse>["topics"][number];
type Partition = Topic["partitions"][number];

function refused(partitionIndex: number, errorCode: ErrorCode, errorMessage?: string): Partition {
  return {
    partitionIndex,
    errorCode,
    errorMessage: errorMessage ?? null,
    activeProducers: [],
  };
}

/** Of a topic that there is not, or cannot be, Kafka says so in words as well. */
function explained({ image }: RequestContext, topic: Topic): Topic {
  const { name, partitions } = topic;
  if (image.topicByName(name) !== undefined) return topic;
  const problem = topicNameProblem(name);
  const [code, text] =
    problem === undefined
      ? ([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no such topic"] as const)
      : ([ErrorCode.INVALID_TOPIC_EXCEPTION, errorText(problem)] as const);
  return {
    name,
    partitions: partitions.map(({ partitionIndex }) => refused(partitionIndex, code, text)),
  };
}
