// AddRaftVoter: v0-1. A node of the cluster that does not vote comes to vote, once it has caught up.
//
// Version notes:
// - v1: the answer may be had before the change is committed; here it always waits for that
//
// Lives on: anywhere (part of the front door).

import {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
} from "../../../protocol/messages/80-add-raft-voter.ts";
import { changeVoters } from "../change-voters.ts";
import { handler } from "./handler.ts";

export const addRaftVoter = handler({
  request: AddRaftVoterRequest,
  response: AddRaftVoterResponse,
  versions: [0, 1],

  *handle(context, request) {
    const { clusterId, voterId, voterDirectoryId, listeners, timeoutMs } = request;
    const voter = { nodeId: voterId, directoryId: voterDirectoryId, endpoints: listeners };
    const change = { kind: "add", voter } as const;
    return yield* changeVoters(context, clusterId, change, timeoutMs);
  },
});
