// ShareUpdate (__share_group_state, type 1): what changed since the last snapshot of a share
// partition.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, string, uuid } from "../../schema.ts";

export const ShareUpdateKey = message(
  { name: "ShareUpdateKey", apiKey: 1, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
    topicId: uuid,
    partition: int32,
  },
);
export type ShareUpdateKey = Infer<typeof ShareUpdateKey>;

export const ShareUpdateValue = message(
  { name: "ShareUpdateValue", apiKey: 1, versions: [0, 0], flexibleFrom: 0 },
  {
    snapshotEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tagged(0).orElse(-1),
    stateBatches: arrayOf({
      firstOffset: int64,
      lastOffset: int64,
      deliveryState: int8,
      deliveryCount: int16,
    }),
  },
);
export type ShareUpdateValue = Infer<typeof ShareUpdateValue>;
