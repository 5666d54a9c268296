// QuorumStateData: what Kafka's Raft client keeps of its vote, as JSON in the file quorum-state.
//
// v1 the directory voted for; the voters have moved into the log (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int32, int64, message, string, uuid } from "../schema.ts";

export const QuorumStateData = message(
  { name: "QuorumStateData", apiKey: -1, versions: [0, 1], flexibleFrom: 0 },
  {
    clusterId: string.upTo(0),
    leaderId: int32.orElse(-1),
    leaderEpoch: int32.orElse(-1),
    /** -1: nobody yet in this epoch. */
    votedId: int32.orElse(-1),
    votedDirectoryId: uuid.from(1),
    appliedOffset: int64.upTo(0),
    currentVoters: arrayOf({ voterId: int32 }).upTo(0).nullable(),
  },
);
export type QuorumStateData = Infer<typeof QuorumStateData>;
