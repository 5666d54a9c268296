// BeginQuorumEpoch (key 53): a new Raft leader makes itself known (KIP-595).
//
// v1 flexible, voter keys and the leader's endpoints (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string, uint16, uuid } from "../schema.ts";

export const BeginQuorumEpochRequest = message(
  { name: "BeginQuorumEpochRequest", apiKey: 53, versions: [0, 1], flexibleFrom: 1 },
  {
    clusterId: string.nullable().orElse(null),
    voterId: int32.from(1).orElse(-1).ignorable(),
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        voterDirectoryId: uuid.from(1).ignorable(),
        leaderId: int32,
        leaderEpoch: int32,
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
export type BeginQuorumEpochRequest = Infer<typeof BeginQuorumEpochRequest>;

export const BeginQuorumEpochResponse = message(
  { name: "BeginQuorumEpochResponse", apiKey: 53, versions: [0, 1], flexibleFrom: 1 },
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
export type BeginQuorumEpochResponse = Infer<typeof BeginQuorumEpochResponse>;
