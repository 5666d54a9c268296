// PartitionChangeRecord (metadata log, type 5): what changed of a partition; each such change
// raises its partition epoch, and its leader epoch when the leader is named.
//
// v1 log directories (KIP-858); v2 eligible leaders (KIP-966).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int8, message, uuid } from "../../schema.ts";

export const PartitionChangeRecord = message(
  { name: "PartitionChangeRecord", apiKey: 5, versions: [0, 2], flexibleFrom: 0 },
  {
    partitionId: int32.orElse(-1),
    topicId: uuid,
    /** null: unchanged, as for all lists here. */
    isr: arrayOf(int32).nullable().tagged(0).orElse(null),
    /** -2: unchanged; -1: none. */
    leader: int32.tagged(1).orElse(-2),
    replicas: arrayOf(int32).nullable().tagged(2).orElse(null),
    removingReplicas: arrayOf(int32).nullable().tagged(3).orElse(null),
    addingReplicas: arrayOf(int32).nullable().tagged(4).orElse(null),
    leaderRecoveryState: int8.tagged(5).orElse(-1),
    directories: arrayOf(uuid).from(1).nullable().tagged(8).orElse(null),
    eligibleLeaderReplicas: arrayOf(int32).from(2).nullable().tagged(6).orElse(null),
    lastKnownElr: arrayOf(int32).from(2).nullable().tagged(7).orElse(null),
  },
);
export type PartitionChangeRecord = Infer<typeof PartitionChangeRecord>;
