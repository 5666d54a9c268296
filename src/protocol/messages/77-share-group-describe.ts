// ShareGroupDescribe (key 77): state and members of share groups (KIP-932). v0 was early access
// only.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, struct, uuid } from "../schema.ts";

export const ShareGroupDescribeRequest = message(
  { name: "ShareGroupDescribeRequest", apiKey: 77, versions: [1, 1], flexibleFrom: 0 },
  {
    groupIds: arrayOf(string),
    includeAuthorizedOperations: boolean,
  },
);
export type ShareGroupDescribeRequest = Infer<typeof ShareGroupDescribeRequest>;

const topicPartitions = {
  topicId: uuid,
  topicName: string,
  partitions: arrayOf(int32),
};

const assignment = {
  topicPartitions: arrayOf(topicPartitions),
};

export const ShareGroupDescribeResponse = message(
  { name: "ShareGroupDescribeResponse", apiKey: 77, versions: [1, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    groups: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable().orElse(null),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      assignorName: string,
      members: arrayOf({
        memberId: string,
        rackId: string.nullable().orElse(null),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: arrayOf(string),
        assignment: struct(assignment),
      }),
      authorizedOperations: int32.orElse(-0x8000_0000),
    }),
  },
);
export type ShareGroupDescribeResponse = Infer<typeof ShareGroupDescribeResponse>;
