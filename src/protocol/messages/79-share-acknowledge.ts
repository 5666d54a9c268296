// ShareAcknowledge (key 79): what became of acquired records (KIP-932).
//
// v0 was early access only; v2 renewals (KIP-1222).
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
  uuid,
} from "../schema.ts";
import { nodeEndpoint } from "./shared.ts";

export const ShareAcknowledgeRequest = message(
  { name: "ShareAcknowledgeRequest", apiKey: 79, versions: [1, 2], flexibleFrom: 0 },
  {
    groupId: string.nullable().orElse(null),
    memberId: string.nullable(),
    /** 0 opens a session, -1 closes it. */
    shareSessionEpoch: int32,
    /** Some of its acknowledgements are renewals (KIP-1222). */
    isRenewAck: boolean.from(2).orElse(false),
    topics: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partitionIndex: int32,
        acknowledgementBatches: arrayOf({
          firstOffset: int64,
          lastOffset: int64,
          /** 0 gap, 1 accept, 2 release, 3 reject, 4 renew. */
          acknowledgeTypes: arrayOf(int8),
        }),
      }),
    }),
  },
);
export type ShareAcknowledgeRequest = Infer<typeof ShareAcknowledgeRequest>;

export const ShareAcknowledgeResponse = message(
  { name: "ShareAcknowledgeResponse", apiKey: 79, versions: [1, 2], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    acquisitionLockTimeoutMs: int32.from(2).ignorable(),
    responses: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }),
      }),
    }),
    nodeEndpoints: arrayOf(nodeEndpoint),
  },
);
export type ShareAcknowledgeResponse = Infer<typeof ShareAcknowledgeResponse>;
