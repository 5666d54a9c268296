// Vote (key 52): a Raft candidate asks for a vote (KIP-595).
//
// v1 voters are told apart by directory (KIP-853); v2 pre-votes (KIP-996).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string, uint16, uuid } from "../schema.ts";

export const VoteRequest = message(
  { name: "VoteRequest", apiKey: 52, versions: [0, 2], flexibleFrom: 0 },
  {
    clusterId: string.nullable().orElse(null),
    voterId: int32.from(1).orElse(-1).ignorable(),
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        replicaEpoch: int32,
        replicaId: int32,
        replicaDirectoryId: uuid.from(1).ignorable(),
        voterDirectoryId: uuid.from(1).ignorable(),
        lastOffsetEpoch: int32,
        lastOffset: int64,
        preVote: boolean.from(2),
      }),
    }),
  },
);
export type VoteRequest = Infer<typeof VoteRequest>;

export const VoteResponse = message(
  { name: "VoteResponse", apiKey: 52, versions: [0, 2], flexibleFrom: 0 },
  {
    errorCode: int16,
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        /** -1: none known. */
        leaderId: int32,
        leaderEpoch: int32,
        voteGranted: boolean,
      }),
    }),
    nodeEndpoints: arrayOf({
      nodeId: int32,
      host: string,
      port: uint16,
    })
      .from(1)
      .tagged(0),
  },
);
export type VoteResponse = Infer<typeof VoteResponse>;
