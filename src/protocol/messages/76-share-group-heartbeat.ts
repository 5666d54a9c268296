// ShareGroupHeartbeat (key 76): membership of share groups (KIP-932). v0 was early access only.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, struct, uuid } from "../schema.ts";

export const ShareGroupHeartbeatRequest = message(
  { name: "ShareGroupHeartbeatRequest", apiKey: 76, versions: [1, 1], flexibleFrom: 0 },
  {
    groupId: string,
    memberId: string,
    /** 0 joins, -1 leaves. */
    memberEpoch: int32,
    rackId: string.nullable().orElse(null),
    subscribedTopicNames: arrayOf(string).nullable().orElse(null),
  },
);
export type ShareGroupHeartbeatRequest = Infer<typeof ShareGroupHeartbeatRequest>;

const topicPartitions = {
  topicId: uuid,
  partitions: arrayOf(int32),
};

export const ShareGroupHeartbeatResponse = message(
  { name: "ShareGroupHeartbeatResponse", apiKey: 76, versions: [1, 1], flexibleFrom: 0 },
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
export type ShareGroupHeartbeatResponse = Infer<typeof ShareGroupHeartbeatResponse>;
