// LeaderChangeMessage: the control record with which a Raft leader begins its epoch.
//
// v1 voters' directories (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int16, int32, message, uuid } from "../../schema.ts";

const voter = {
  voterId: int32,
  voterDirectoryId: uuid.from(1),
};

export const LeaderChangeMessage = message(
  { name: "LeaderChangeMessage", apiKey: -1, versions: [0, 1], flexibleFrom: 0 },
  {
    version: int16,
    leaderId: int32,
    voters: arrayOf(voter),
    grantingVoters: arrayOf(voter),
  },
);
export type LeaderChangeMessage = Infer<typeof LeaderChangeMessage>;
