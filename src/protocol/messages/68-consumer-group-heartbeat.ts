// ConsumerGroupHeartbeat (key 68).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, struct, uuid } from "../schema.ts";

export const ConsumerGroupHeartbeatRequest = message(
  { name: "ConsumerGroupHeartbeatRequest", apiKey: 68, versions: [0, 1], flexibleFrom: 0 },
  {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: string.nullable().orElse(null),
    rackId: string.nullable().orElse(null),
    rebalanceTimeoutMs: int32.orElse(-1),
    subscribedTopicNames: arrayOf(string).nullable().orElse(null),
    subscribedTopicRegex: string.from(1).nullable().orElse(null),
    serverAssignor: string.nullable().orElse(null),
    topicPartitions: arrayOf({
      topicId: uuid,
      partitions: arrayOf(int32),
    })
      .nullable()
      .orElse(null),
  },
);
export type ConsumerGroupHeartbeatRequest = Infer<typeof ConsumerGroupHeartbeatRequest>;

const topicPartitions = {
  topicId: uuid,
  partitions: arrayOf(int32),
};

export const ConsumerGroupHeartbeatResponse = message(
  { name: "ConsumerGroupHeartbeatResponse", apiKey: 68, versions: [0, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    memberId: string.nullable().orElse(null),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: struct({
      topicPartitions: arrayOf(topicPartitions),
    })
      .nullable()
      .orElse(null),
  },
);
export type ConsumerGroupHeartbeatResponse = Infer<typeof ConsumerGroupHeartbeatResponse>;
