// Metadata (key 3).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, uuid } from "../schema.ts";

export const MetadataRequest = message(
  { name: "MetadataRequest", apiKey: 3, versions: [0, 13], flexibleFrom: 9 },
  {
    topics: arrayOf({
      topicId: uuid.from(10).ignorable(),
      name: string.nullable(10),
    }).nullable(1),
    allowAutoTopicCreation: boolean.from(4).orElse(true),
    includeClusterAuthorizedOperations: boolean.from(8).upTo(10),
    includeTopicAuthorizedOperations: boolean.from(8),
  },
);
export type MetadataRequest = Infer<typeof MetadataRequest>;

export const MetadataResponse = message(
  { name: "MetadataResponse", apiKey: 3, versions: [0, 13], flexibleFrom: 9 },
  {
    throttleTimeMs: int32.from(3).ignorable(),
    brokers: arrayOf({
      nodeId: int32,
      host: string,
      port: int32,
      rack: string.from(1).nullable().orElse(null).ignorable(),
    }),
    clusterId: string.from(2).nullable().orElse(null).ignorable(),
    controllerId: int32.from(1).orElse(-1).ignorable(),
    topics: arrayOf({
      errorCode: int16,
      name: string.nullable(12),
      topicId: uuid.from(10).ignorable(),
      isInternal: boolean.from(1).orElse(false).ignorable(),
      partitions: arrayOf({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32.from(7).orElse(-1).ignorable(),
        replicaNodes: arrayOf(int32),
        isrNodes: arrayOf(int32),
        offlineReplicas: arrayOf(int32).from(5).ignorable(),
      }),
      topicAuthorizedOperations: int32.from(8).orElse(-2147483648),
    }),
    clusterAuthorizedOperations: int32.from(8).upTo(10).orElse(-2147483648),
    errorCode: int16.from(13).ignorable(),
  },
);
export type MetadataResponse = Infer<typeof MetadataResponse>;
