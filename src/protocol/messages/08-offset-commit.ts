// OffsetCommit (key 8): stores how far a group has read.
//
// v2-4 a retention time of its own; v6 leader epochs; v7 static members; v8 flexible; v9 members of
// the consumer protocol (KIP-848); v10 topic ids instead of names.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, exactInt64, int16, int32, int64, message, string, uuid } from "../schema.ts";

export const OffsetCommitRequest = message(
  { name: "OffsetCommitRequest", apiKey: 8, versions: [2, 10], flexibleFrom: 8 },
  {
    groupId: string,
    /** -1: not as a member of the group. */
    generationIdOrMemberEpoch: int32.orElse(-1).ignorable(),
    memberId: string.ignorable(),
    groupInstanceId: string.from(7).nullable().orElse(null),
    /** -1: as the broker is configured. */
    retentionTimeMs: int64.upTo(4).orElse(-1).ignorable(),
    topics: arrayOf({
      name: string.upTo(9).ignorable(),
      topicId: uuid.from(10).ignorable(),
      partitions: arrayOf({
        partitionIndex: int32,
        committedOffset: exactInt64,
        committedLeaderEpoch: int32.from(6).orElse(-1).ignorable(),
        committedMetadata: string.nullable(),
      }),
    }),
  },
);
export type OffsetCommitRequest = Infer<typeof OffsetCommitRequest>;

export const OffsetCommitResponse = message(
  { name: "OffsetCommitResponse", apiKey: 8, versions: [2, 10], flexibleFrom: 8 },
  {
    throttleTimeMs: int32.from(3).ignorable(),
    topics: arrayOf({
      name: string.upTo(9).ignorable(),
      topicId: uuid.from(10).ignorable(),
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type OffsetCommitResponse = Infer<typeof OffsetCommitResponse>;
