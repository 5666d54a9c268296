// LegacyOffsetCommit (__consumer_offsets, type 0): the first form of a committed offset; only ever
// read.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { exactInt64, int32, int64, message, string } from "../../schema.ts";

export const LegacyOffsetCommitKey = message(
  { name: "LegacyOffsetCommitKey", apiKey: 0, versions: [0, 0], flexibleFrom: Infinity },
  {
    group: string,
    topic: string,
    partition: int32,
  },
);
export type LegacyOffsetCommitKey = Infer<typeof LegacyOffsetCommitKey>;

export const LegacyOffsetCommitValue = message(
  { name: "LegacyOffsetCommitValue", apiKey: 0, versions: [0, 0], flexibleFrom: Infinity },
  {
    offset: exactInt64,
    metadata: string,
    commitTimestamp: int64,
  },
);
export type LegacyOffsetCommitValue = Infer<typeof LegacyOffsetCommitValue>;
