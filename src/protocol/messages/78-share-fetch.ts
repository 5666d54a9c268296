// ShareFetch (key 78): acquires records for a member of a share group, and acknowledges others
// (KIP-932).
//
// v0 was early access only; v2 acquire modes (KIP-1206) and renewals (KIP-1222).
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
  records,
  string,
  struct,
  uuid,
} from "../schema.ts";
import { nodeEndpoint } from "./shared.ts";

export const ShareFetchRequest = message(
  { name: "ShareFetchRequest", apiKey: 78, versions: [1, 2], flexibleFrom: 0 },
  {
    groupId: string.nullable().orElse(null),
    memberId: string.nullable(),
    /** 0 opens a session, -1 closes it. */
    shareSessionEpoch: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.orElse(0x7fff_ffff),
    maxRecords: int32,
    batchSize: int32,
    /** 0: whole batches; 1: no more records than asked for (KIP-1206). */
    shareAcquireMode: int8.from(2).orElse(0).ignorable(),
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
    forgottenTopicsData: arrayOf({
      topicId: uuid,
      partitions: arrayOf(int32),
    }),
  },
);
export type ShareFetchRequest = Infer<typeof ShareFetchRequest>;

export const ShareFetchResponse = message(
  { name: "ShareFetchResponse", apiKey: 78, versions: [1, 2], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    acquisitionLockTimeoutMs: int32,
    responses: arrayOf({
      topicId: uuid,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.nullable().orElse(null),
        acknowledgeErrorCode: int16,
        acknowledgeErrorMessage: string.nullable().orElse(null),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }),
        records: records,
        acquiredRecords: arrayOf({
          firstOffset: int64,
          lastOffset: int64,
          deliveryCount: int16,
        }),
      }),
    }),
    nodeEndpoints: arrayOf(nodeEndpoint),
  },
);
export type ShareFetchResponse = Infer<typeof ShareFetchResponse>;
