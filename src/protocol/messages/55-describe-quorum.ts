// DescribeQuorum (key 55): voters and observers of the Raft log and how far they are (KIP-595).
//
// v1 times of the last fetch (KIP-836); v2 nodes, directories, messages (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, string, uint16, uuid } from "../schema.ts";

export const DescribeQuorumRequest = message(
  { name: "DescribeQuorumRequest", apiKey: 55, versions: [0, 2], flexibleFrom: 0 },
  {
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
      }),
    }),
  },
);
export type DescribeQuorumRequest = Infer<typeof DescribeQuorumRequest>;

const replicaState = {
  replicaId: int32,
  replicaDirectoryId: uuid.from(2),
  logEndOffset: int64,
  lastFetchTimestamp: int64.from(1).orElse(-1).ignorable(),
  /** When it last had all that the leader has; -1: not known. */
  lastCaughtUpTimestamp: int64.from(1).orElse(-1).ignorable(),
};

export const DescribeQuorumResponse = message(
  { name: "DescribeQuorumResponse", apiKey: 55, versions: [0, 2], flexibleFrom: 0 },
  {
    errorCode: int16,
    errorMessage: string.from(2).nullable().ignorable(),
    topics: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.from(2).nullable().ignorable(),
        leaderId: int32,
        leaderEpoch: int32,
        highWatermark: int64,
        currentVoters: arrayOf(replicaState),
        observers: arrayOf(replicaState),
      }),
    }),
    nodes: arrayOf({
      nodeId: int32,
      listeners: arrayOf({
        name: string,
        host: string,
        port: uint16,
      }),
    }).from(2),
  },
);
export type DescribeQuorumResponse = Infer<typeof DescribeQuorumResponse>;
