// EndQuorumEpoch (key 54): a Raft leader steps down and proposes successors (KIP-595).
//
// v1 flexible, candidates by voter key and the leader's endpoints (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, uint16, uuid } from "../schema.ts";

export const EndQuorumEpochRequest = message(
  { name: "EndQuorumEpochRequest", apiKey: 54, versions: [0, 1], flexibleFrom: 1 },
  {
    clusterId: string.nullable().orElse(null),
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32,
        preferredSuccessors: arrayOf(int32).upTo(0).ignorable(),
        preferredCandidates: arrayOf({
          candidateId: int32,
          candidateDirectoryId: uuid,
        })
          .from(1)
          .ignorable(),
      }),
    }),
    leaderEndpoints: arrayOf({
      name: string,
      host: string,
      port: uint16,
    })
      .from(1)
      .ignorable(),
  },
);
export type EndQuorumEpochRequest = Infer<typeof EndQuorumEpochRequest>;

export const EndQuorumEpochResponse = message(
  { name: "EndQuorumEpochResponse", apiKey: 54, versions: [0, 1], flexibleFrom: 1 },
  {
    errorCode: int16,
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
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
export type EndQuorumEpochResponse = Infer<typeof EndQuorumEpochResponse>;
