// Metadata (key 3): brokers, topics, partitions and their leaders.
//
// v0 asks for all topics with an empty list, later versions with null; v1 racks, controller,
// internal topics; v2 cluster id; v4 whether to create topics; v5 offline replicas; v7 leader
// epochs; v8 authorized operations; v9 flexible; v10 topic ids in answers; v11 without those of the
// cluster; v12 topic ids in requests as well; v13 an error for the whole answer.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, uuid } from "../schema.ts";

export const MetadataRequest = message(
  { name: "MetadataRequest", apiKey: 3, versions: [0, 13], flexibleFrom: 9 },
  {
    /** null: all topics. In v0, which has no null, an empty list means all. */
    topics: arrayOf({
      topicId: uuid.from(10).ignorable(),
      /** null: look at the topic id (from v12 on). */
      name: string.nullable(10),
    }).nullable(1),
    /** Counts only together with auto.create.topics.enable. */
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
    /** -1: not known. */
    controllerId: int32.from(1).orElse(-1).ignorable(),
    topics: arrayOf({
      errorCode: int16,
      /** null: no topic has the id that was asked for. */
      name: string.nullable(12),
      topicId: uuid.from(10).ignorable(),
      isInternal: boolean.from(1).orElse(false).ignorable(),
      partitions: arrayOf({
        errorCode: int16,
        partitionIndex: int32,
        /** -1: none. */
        leaderId: int32,
        leaderEpoch: int32.from(7).orElse(-1).ignorable(),
        replicaNodes: arrayOf(int32),
        isrNodes: arrayOf(int32),
        offlineReplicas: arrayOf(int32).from(5).ignorable(),
      }),
      /** A bit set; the default says that it was not asked for. */
      topicAuthorizedOperations: int32.from(8).orElse(-0x8000_0000),
    }),
    clusterAuthorizedOperations: int32.from(8).upTo(10).orElse(-0x8000_0000),
    errorCode: int16.from(13).ignorable(),
  },
);
export type MetadataResponse = Infer<typeof MetadataResponse>;
