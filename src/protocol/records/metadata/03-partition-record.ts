// PartitionRecord (metadata log, type 3): a partition came to be, whole.
//
// v1 log directories (KIP-858); v2 eligible leaders (KIP-966).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int8, message, uuid } from "../../schema.ts";

export const PartitionRecord = message(
  { name: "PartitionRecord", apiKey: 3, versions: [0, 2], flexibleFrom: 0 },
  {
    partitionId: int32.orElse(-1),
    topicId: uuid,
    replicas: arrayOf(int32),
    isr: arrayOf(int32),
    removingReplicas: arrayOf(int32),
    addingReplicas: arrayOf(int32),
    leader: int32.orElse(-1),
    /** 1: elected uncleanly and not yet recovered (KIP-704). */
    leaderRecoveryState: int8.tagged(0).orElse(0),
    leaderEpoch: int32.orElse(-1),
    partitionEpoch: int32.orElse(-1),
    directories: arrayOf(uuid).from(1),
    eligibleLeaderReplicas: arrayOf(int32).from(2).nullable().tagged(1).orElse(null),
    lastKnownElr: arrayOf(int32).from(2).nullable().tagged(2).orElse(null),
  },
);
export type PartitionRecord = Infer<typeof PartitionRecord>;
