// RemoveRaftVoter: v0. A voter votes no more; it goes on following.
//
// Lives on: anywhere (part of the front door).

import {
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
} from "../../../protocol/messages/81-remove-raft-voter.ts";
import { changeVoters } from "../change-voters.ts";
import { handler } from "./handler.ts";

const WITHIN_MS = 30_000;

export const removeRaftVoter = handler({
  request: RemoveRaftVoterRequest,
  response: RemoveRaftVoterResponse,
  versions: [0, 0],

  *handle(context, { clusterId, voterId, voterDirectoryId }) {
    const voter = { nodeId: voterId, directoryId: voterDirectoryId, endpoints: [] };
    return yield* changeVoters(context, clusterId, { kind: "remove", voter }, WITHIN_MS);
  },
});
