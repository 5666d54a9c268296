// AddRaftVoter (key 80): adds a voter to the Raft quorum (KIP-853).
//
// v1 may answer before the change is committed.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, uint16, uuid } from "../schema.ts";

export const AddRaftVoterRequest = message(
  { name: "AddRaftVoterRequest", apiKey: 80, versions: [0, 1], flexibleFrom: 0 },
  {
    clusterId: string.nullable(),
    timeoutMs: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: arrayOf({
      name: string,
      host: string,
      port: uint16,
    }),
    ackWhenCommitted: boolean.from(1).orElse(true),
  },
);
export type AddRaftVoterRequest = Infer<typeof AddRaftVoterRequest>;

export const AddRaftVoterResponse = message(
  { name: "AddRaftVoterResponse", apiKey: 80, versions: [0, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().ignorable(),
  },
);
export type AddRaftVoterResponse = Infer<typeof AddRaftVoterResponse>;
