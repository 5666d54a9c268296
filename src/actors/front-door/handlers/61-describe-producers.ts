// DescribeProducers: v0. The idempotent producers whose state a partition holds (KIP-664).
//
// Lives on: anywhere (part of the front door).

import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from "../../../protocol/messages/61-describe-producers.ts";
import { askEach } from "../ask-each.ts";
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
      failed: (partitionIndex, errorCode) => ({
        partitionIndex,
        errorCode,
        errorMessage: null,
        activeProducers: [],
      }),
    });
    return { throttleTimeMs: 0, topics };
  },
});
