// ShareSnapshot (__share_group_state, type 0): the whole delivery state of a share partition
// (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, string, uuid } from "../../schema.ts";

export const ShareSnapshotKey = message(
  { name: "ShareSnapshotKey", apiKey: 0, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
    topicId: uuid,
    partition: int32,
  },
);
export type ShareSnapshotKey = Infer<typeof ShareSnapshotKey>;

export const ShareSnapshotValue = message(
  { name: "ShareSnapshotValue", apiKey: 0, versions: [0, 0], flexibleFrom: 0 },
  {
    snapshotEpoch: int32,
    stateEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tagged(0).orElse(-1),
    createTimestamp: int64,
    writeTimestamp: int64,
    stateBatches: arrayOf({
      firstOffset: int64,
      lastOffset: int64,
      deliveryState: int8,
      deliveryCount: int16,
    }),
  },
);
export type ShareSnapshotValue = Infer<typeof ShareSnapshotValue>;
