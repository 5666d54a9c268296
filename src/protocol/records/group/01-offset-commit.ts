// OffsetCommit (__consumer_offsets, type 1): a committed offset.
//
// v1 alone has a time to expire; v3 leader epoch; v4 flexible, topic id.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { exactInt64, int32, int64, message, string, uuid } from "../../schema.ts";

export const OffsetCommitKey = message(
  { name: "OffsetCommitKey", apiKey: 1, versions: [0, 0], flexibleFrom: Infinity },
  {
    group: string,
    topic: string,
    partition: int32,
  },
);
export type OffsetCommitKey = Infer<typeof OffsetCommitKey>;

export const OffsetCommitValue = message(
  { name: "OffsetCommitValue", apiKey: 1, versions: [0, 4], flexibleFrom: 4 },
  {
    offset: exactInt64,
    leaderEpoch: int32.from(3).orElse(-1).ignorable(),
    metadata: string,
    commitTimestamp: int64,
    /** -1: as the broker is configured. */
    expireTimestamp: int64.from(1).upTo(1).orElse(-1).ignorable(),
    topicId: uuid.from(4).tagged(0).ignorable(),
  },
);
export type OffsetCommitValue = Infer<typeof OffsetCommitValue>;
