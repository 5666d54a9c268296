// DescribeTopicPartitions (key 75): topics and partitions, page by page, with eligible leaders
// (KIP-966).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, struct, uuid } from "../schema.ts";

export const DescribeTopicPartitionsRequest = message(
  { name: "DescribeTopicPartitionsRequest", apiKey: 75, versions: [0, 0], flexibleFrom: 0 },
  {
    topics: arrayOf({
      name: string,
    }),
    /** Partitions in one answer, at most. */
    responsePartitionLimit: int32.orElse(2000),
    /** Where to go on; null: at the first. */
    cursor: struct({
      topicName: string,
      partitionIndex: int32,
    })
      .nullable()
      .orElse(null),
  },
);
export type DescribeTopicPartitionsRequest = Infer<typeof DescribeTopicPartitionsRequest>;

export const DescribeTopicPartitionsResponse = message(
  { name: "DescribeTopicPartitionsResponse", apiKey: 75, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32.ignorable(),
    topics: arrayOf({
      errorCode: int16,
      name: string.nullable(),
      topicId: uuid.ignorable(),
      isInternal: boolean.orElse(false).ignorable(),
      partitions: arrayOf({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32.orElse(-1).ignorable(),
        replicaNodes: arrayOf(int32),
        isrNodes: arrayOf(int32),
        eligibleLeaderReplicas: arrayOf(int32).nullable().orElse(null),
        lastKnownElr: arrayOf(int32).nullable().orElse(null),
        offlineReplicas: arrayOf(int32).ignorable(),
      }),
      topicAuthorizedOperations: int32.orElse(-0x8000_0000),
    }),
    /** null: this was all. */
    nextCursor: struct({
      topicName: string,
      partitionIndex: int32,
    })
      .nullable()
      .orElse(null),
  },
);
export type DescribeTopicPartitionsResponse = Infer<typeof DescribeTopicPartitionsResponse>;
