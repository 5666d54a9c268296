// StreamsGroupHeartbeat (key 88): the streams protocol: topology, tasks, membership (KIP-1071).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import {
  arrayOf,
  boolean,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uint16,
} from "../schema.ts";

const keyValue = {
  key: string,
  value: string,
};

const topicInfo = {
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: arrayOf(keyValue),
};

const endpoint = {
  host: string,
  port: uint16,
};

const taskOffset = {
  subtopologyId: string,
  partition: int32,
  offset: int64,
};

const taskIds = {
  subtopologyId: string,
  partitions: arrayOf(int32),
};

export const StreamsGroupHeartbeatRequest = message(
  { name: "StreamsGroupHeartbeatRequest", apiKey: 88, versions: [0, 0], flexibleFrom: 0 },
  {
    groupId: string,
    memberId: string,
    /** 0 joins, -1 leaves, -2 leaves for a while as a static member (KIP-1071). */
    memberEpoch: int32,
    endpointInformationEpoch: int32,
    instanceId: string.nullable().orElse(null),
    rackId: string.nullable().orElse(null),
    rebalanceTimeoutMs: int32.orElse(-1),
    topology: struct({
      epoch: int32,
      subtopologies: arrayOf({
        subtopologyId: string,
        sourceTopics: arrayOf(string),
        sourceTopicRegex: arrayOf(string),
        stateChangelogTopics: arrayOf(topicInfo),
        repartitionSinkTopics: arrayOf(string),
        repartitionSourceTopics: arrayOf(topicInfo),
        copartitionGroups: arrayOf({
          sourceTopics: arrayOf(int16),
          sourceTopicRegex: arrayOf(int16),
          repartitionSourceTopics: arrayOf(int16),
        }),
      }),
    })
      .nullable()
      .orElse(null),
    activeTasks: arrayOf(taskIds).nullable().orElse(null),
    standbyTasks: arrayOf(taskIds).nullable().orElse(null),
    warmupTasks: arrayOf(taskIds).nullable().orElse(null),
    processId: string.nullable().orElse(null),
    userEndpoint: struct(endpoint).nullable().orElse(null),
    clientTags: arrayOf(keyValue).nullable().orElse(null),
    taskOffsets: arrayOf(taskOffset).nullable().orElse(null),
    taskEndOffsets: arrayOf(taskOffset).nullable().orElse(null),
    shutdownApplication: boolean.orElse(false),
  },
);
export type StreamsGroupHeartbeatRequest = Infer<typeof StreamsGroupHeartbeatRequest>;

const status = {
  statusCode: int8,
  statusDetail: string,
};

const topicPartition = {
  topic: string,
  partitions: arrayOf(int32),
};

export const StreamsGroupHeartbeatResponse = message(
  { name: "StreamsGroupHeartbeatResponse", apiKey: 88, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    memberId: string,
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    acceptableRecoveryLag: int32,
    taskOffsetIntervalMs: int32,
    status: arrayOf(status).nullable(),
    activeTasks: arrayOf(taskIds).nullable().orElse(null),
    standbyTasks: arrayOf(taskIds).nullable().orElse(null),
    warmupTasks: arrayOf(taskIds).nullable().orElse(null),
    endpointInformationEpoch: int32,
    partitionsByUserEndpoint: arrayOf({
      userEndpoint: struct(endpoint),
      activePartitions: arrayOf(topicPartition),
      standbyPartitions: arrayOf(topicPartition),
    })
      .nullable()
      .orElse(null),
  },
);
export type StreamsGroupHeartbeatResponse = Infer<typeof StreamsGroupHeartbeatResponse>;
