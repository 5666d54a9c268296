// CreateTopics (key 19).
//
// v4 -1 takes the broker's default for partitions and replication (KIP-464); v5 flexible, answers
// hold the configs (KIP-525); v6 THROTTLING_QUOTA_EXCEEDED (KIP-599); v7 answers hold the topic id.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string, uuid } from "../schema.ts";

export const CreateTopicsRequest = message(
  { name: "CreateTopicsRequest", apiKey: 19, versions: [2, 7], flexibleFrom: 5 },
  {
    topics: arrayOf({
      name: string,
      /** -1: the broker's default, or as the assignments say. */
      numPartitions: int32,
      /** -1: the broker's default, or as the assignments say. */
      replicationFactor: int16,
      /** By hand; empty: the controller places the replicas. */
      assignments: arrayOf({
        partitionIndex: int32,
        brokerIds: arrayOf(int32),
      }),
      configs: arrayOf({
        name: string,
        value: string.nullable(),
      }),
    }),
    timeoutMs: int32.orElse(60000),
    /** Checks everything, creates nothing. */
    validateOnly: boolean.orElse(false),
  },
);
export type CreateTopicsRequest = Infer<typeof CreateTopicsRequest>;

export const CreateTopicsResponse = message(
  { name: "CreateTopicsResponse", apiKey: 19, versions: [2, 7], flexibleFrom: 5 },
  {
    throttleTimeMs: int32.ignorable(),
    topics: arrayOf({
      name: string,
      topicId: uuid.from(7).ignorable(),
      errorCode: int16,
      errorMessage: string.nullable().ignorable(),
      /** Why configs, partition count and replication factor are not told. */
      topicConfigErrorCode: int16.from(5).tagged(0).ignorable(),
      /** -1: not told. */
      numPartitions: int32.from(5).orElse(-1).ignorable(),
      /** -1: not told. */
      replicationFactor: int16.from(5).orElse(-1).ignorable(),
      configs: arrayOf({
        name: string,
        value: string.nullable(),
        readOnly: boolean,
        /** As in DescribeConfigs. */
        configSource: int8.orElse(-1).ignorable(),
        isSensitive: boolean,
      })
        .from(5)
        .nullable()
        .ignorable(),
    }),
  },
);
export type CreateTopicsResponse = Infer<typeof CreateTopicsResponse>;
