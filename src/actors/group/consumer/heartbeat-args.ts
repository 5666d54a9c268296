// What a heartbeat comes to.
//
// Lives on: anywhere (types).

import type { ConsumerHeartbeatArgs, ConsumerHeartbeatReply } from "../messages.ts";

export type HeartbeatArgs = ConsumerHeartbeatArgs;
export type HeartbeatReply = ConsumerHeartbeatReply;
export type ListedPartitions = NonNullable<HeartbeatArgs["topicPartitions"]>;

export type HeartbeatResult = { readonly reply: HeartbeatReply };
