// ConsumerGroupHeartbeat (key 68): the whole of the consumer protocol: join, reconcile, leave
// (KIP-848).
//
// v1 subscription by regular expression; clients make their own member id (KIP-1082).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, struct, uuid } from "../schema.ts";

export const ConsumerGroupHeartbeatRequest = message(
  { name: "ConsumerGroupHeartbeatRequest", apiKey: 68, versions: [0, 1], flexibleFrom: 0 },
  {
    groupId: string,
    memberId: string,
    /** 0: join; -1: leave; -2: a static member leaves for a while. */
    memberEpoch: int32,
    instanceId: string.nullable().orElse(null),
    rackId: string.nullable().orElse(null),
    rebalanceTimeoutMs: int32.orElse(-1),
    subscribedTopicNames: arrayOf(string).nullable().orElse(null),
    subscribedTopicRegex: string.from(1).nullable().orElse(null),
    serverAssignor: string.nullable().orElse(null),
    /** What the member owns; null: as before. */
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
    /** null: as before. */
    assignment: struct({
      topicPartitions: arrayOf(topicPartitions),
    })
      .nullable()
      .orElse(null),
  },
);
export type ConsumerGroupHeartbeatResponse = Infer<typeof ConsumerGroupHeartbeatResponse>;
