// OffsetFetch (key 9): how far a group has read.
//
// v2 null asks for all topics, an error for the group; v5 leader epochs; v6 flexible;
// v7 requireStable (KIP-447); v8 several groups at once; v9 members of the consumer protocol
// (KIP-848); v10 topic ids instead of names.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, exactInt64, int16, int32, message, string, uuid } from "../schema.ts";

export const OffsetFetchRequest = message(
  { name: "OffsetFetchRequest", apiKey: 9, versions: [1, 10], flexibleFrom: 6 },
  {
    groupId: string.upTo(7),
    topics: arrayOf({
      name: string,
      partitionIndexes: arrayOf(int32),
    })
      .upTo(7)
      .nullable(2),
    groups: arrayOf({
      groupId: string,
      memberId: string.from(9).nullable().orElse(null).ignorable(),
      memberEpoch: int32.from(9).orElse(-1).ignorable(),
      topics: arrayOf({
        name: string.upTo(9).ignorable(),
        topicId: uuid.from(10).ignorable(),
        partitionIndexes: arrayOf(int32),
      }).nullable(),
    }).from(8),
    requireStable: boolean.from(7).orElse(false),
  },
);
export type OffsetFetchRequest = Infer<typeof OffsetFetchRequest>;

export const OffsetFetchResponse = message(
  { name: "OffsetFetchResponse", apiKey: 9, versions: [1, 10], flexibleFrom: 6 },
  {
    throttleTimeMs: int32.from(3).ignorable(),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        committedOffset: exactInt64,
        committedLeaderEpoch: int32.from(5).orElse(-1).ignorable(),
        metadata: string.nullable(),
        errorCode: int16,
      }),
    }).upTo(7),
    errorCode: int16.from(2).upTo(7).orElse(0).ignorable(),
    groups: arrayOf({
      groupId: string,
      topics: arrayOf({
        name: string.upTo(9).ignorable(),
        topicId: uuid.from(10).ignorable(),
        partitions: arrayOf({
          partitionIndex: int32,
          committedOffset: exactInt64,
          committedLeaderEpoch: int32.orElse(-1).ignorable(),
          metadata: string.nullable(),
          errorCode: int16,
        }),
      }),
      errorCode: int16.orElse(0),
    }).from(8),
  },
);
export type OffsetFetchResponse = Infer<typeof OffsetFetchResponse>;
