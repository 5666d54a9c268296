// StreamsGroupDescribe (key 89): state, topology and members of streams groups (KIP-1071).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import {
  arrayOf,
  boolean,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uint16,
} from "../schema.ts";

export const StreamsGroupDescribeRequest = message(
  { name: "StreamsGroupDescribeRequest", apiKey: 89, versions: [0, 0], flexibleFrom: 0 },
  {
    groupIds: arrayOf(string),
    includeAuthorizedOperations: boolean,
  },
);
export type StreamsGroupDescribeRequest = Infer<typeof StreamsGroupDescribeRequest>;

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

const assignment = {
  activeTasks: arrayOf(taskIds),
  standbyTasks: arrayOf(taskIds),
  warmupTasks: arrayOf(taskIds),
};

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

export const StreamsGroupDescribeResponse = message(
  { name: "StreamsGroupDescribeResponse", apiKey: 89, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    groups: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable().orElse(null),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      topology: struct({
        epoch: int32,
        subtopologies: arrayOf({
          subtopologyId: string,
          sourceTopics: arrayOf(string),
          repartitionSinkTopics: arrayOf(string),
          stateChangelogTopics: arrayOf(topicInfo),
          repartitionSourceTopics: arrayOf(topicInfo),
        })
          .nullable()
          .orElse(null),
      })
        .nullable()
        .orElse(null),
      members: arrayOf({
        memberId: string,
        memberEpoch: int32,
        instanceId: string.nullable().orElse(null),
        rackId: string.nullable().orElse(null),
        clientId: string,
        clientHost: string,
        topologyEpoch: int32,
        processId: string,
        userEndpoint: struct(endpoint).nullable().orElse(null),
        clientTags: arrayOf(keyValue),
        taskOffsets: arrayOf(taskOffset),
        taskEndOffsets: arrayOf(taskOffset),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        isClassic: boolean,
      }),
      authorizedOperations: int32.orElse(-0x8000_0000),
    }),
  },
);
export type StreamsGroupDescribeResponse = Infer<typeof StreamsGroupDescribeResponse>;
