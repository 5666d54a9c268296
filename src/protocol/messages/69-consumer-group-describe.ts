// ConsumerGroupDescribe (key 69): state and members of consumer groups (KIP-848).
//
// v1 member types (KIP-1099).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string, struct, uuid } from "../schema.ts";

export const ConsumerGroupDescribeRequest = message(
  { name: "ConsumerGroupDescribeRequest", apiKey: 69, versions: [0, 1], flexibleFrom: 0 },
  {
    groupIds: arrayOf(string),
    includeAuthorizedOperations: boolean,
  },
);
export type ConsumerGroupDescribeRequest = Infer<typeof ConsumerGroupDescribeRequest>;

const topicPartitions = {
  topicId: uuid,
  topicName: string,
  partitions: arrayOf(int32),
};

const assignment = {
  topicPartitions: arrayOf(topicPartitions),
};

export const ConsumerGroupDescribeResponse = message(
  { name: "ConsumerGroupDescribeResponse", apiKey: 69, versions: [0, 1], flexibleFrom: 0 },
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
        instanceId: string.nullable().orElse(null),
        rackId: string.nullable().orElse(null),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: arrayOf(string),
        subscribedTopicRegex: string.nullable().orElse(null),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        /** -1 unknown, 0 classic, 1 consumer. */
        memberType: int8.from(1).orElse(-1).ignorable(),
      }),
      authorizedOperations: int32.orElse(-0x8000_0000),
    }),
  },
);
export type ConsumerGroupDescribeResponse = Infer<typeof ConsumerGroupDescribeResponse>;
