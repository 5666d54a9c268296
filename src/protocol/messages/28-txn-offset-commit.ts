// TxnOffsetCommit (key 28): offsets that count once the transaction commits.
//
// v2 leader epochs; v3 flexible, member and generation (KIP-447); v4 TRANSACTION_ABORTABLE; v5 adds
// the group to the transaction by itself (KIP-890).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, exactInt64, int16, int32, int64, message, string } from "../schema.ts";

export const TxnOffsetCommitRequest = message(
  { name: "TxnOffsetCommitRequest", apiKey: 28, versions: [0, 5], flexibleFrom: 3 },
  {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: int32.from(3).orElse(-1),
    memberId: string.from(3).orElse(""),
    groupInstanceId: string.from(3).nullable().orElse(null),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        committedOffset: exactInt64,
        committedLeaderEpoch: int32.from(2).orElse(-1).ignorable(),
        committedMetadata: string.nullable(),
      }),
    }),
  },
);
export type TxnOffsetCommitRequest = Infer<typeof TxnOffsetCommitRequest>;

export const TxnOffsetCommitResponse = message(
  { name: "TxnOffsetCommitResponse", apiKey: 28, versions: [0, 5], flexibleFrom: 3 },
  {
    throttleTimeMs: int32,
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type TxnOffsetCommitResponse = Infer<typeof TxnOffsetCommitResponse>;
