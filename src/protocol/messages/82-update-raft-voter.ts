// UpdateRaftVoter (key 82): a voter tells the leader its endpoints and versions (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, struct, uint16, uuid } from "../schema.ts";

export const UpdateRaftVoterRequest = message(
  { name: "UpdateRaftVoterRequest", apiKey: 82, versions: [0, 0], flexibleFrom: 0 },
  {
    clusterId: string.nullable(),
    currentLeaderEpoch: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: arrayOf({
      name: string,
      host: string,
      port: uint16,
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
);
export type UpdateRaftVoterRequest = Infer<typeof UpdateRaftVoterRequest>;

export const UpdateRaftVoterResponse = message(
  { name: "UpdateRaftVoterResponse", apiKey: 82, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    currentLeader: struct({
      leaderId: int32.orElse(-1),
      leaderEpoch: int32.orElse(-1),
      host: string,
      port: int32,
    }).tagged(0),
  },
);
export type UpdateRaftVoterResponse = Infer<typeof UpdateRaftVoterResponse>;
