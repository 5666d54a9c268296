// RemoveRaftVoter (key 81): takes a voter out of the Raft quorum (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { int16, int32, message, string, uuid } from "../schema.ts";

export const RemoveRaftVoterRequest = message(
  { name: "RemoveRaftVoterRequest", apiKey: 81, versions: [0, 0], flexibleFrom: 0 },
  {
    clusterId: string.nullable(),
    voterId: int32,
    voterDirectoryId: uuid,
  },
);
export type RemoveRaftVoterRequest = Infer<typeof RemoveRaftVoterRequest>;

export const RemoveRaftVoterResponse = message(
  { name: "RemoveRaftVoterResponse", apiKey: 81, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().ignorable(),
  },
);
export type RemoveRaftVoterResponse = Infer<typeof RemoveRaftVoterResponse>;
