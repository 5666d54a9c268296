// AlterPartition (key 56): a leader proposes a new ISR to the controller (KIP-497).
//
// v2 topic ids (KIP-841); v3 the broker epochs of the ISR (KIP-903).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, int8, message, uuid } from "../schema.ts";

export const AlterPartitionRequest = message(
  { name: "AlterPartitionRequest", apiKey: 56, versions: [2, 3], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64.orElse(-1),
    topics: arrayOf({
      topicId: uuid.ignorable(),
      partitions: arrayOf({
        partitionIndex: int32,
        leaderEpoch: int32,
        newIsr: arrayOf(int32).upTo(2),
        newIsrWithEpochs: arrayOf({
          brokerId: int32,
          brokerEpoch: int64.orElse(-1),
        }).from(3),
        /** 0: recovered; 1: elected uncleanly and still recovering (KIP-704). */
        leaderRecoveryState: int8.orElse(0),
        partitionEpoch: int32,
      }),
    }),
  },
);
export type AlterPartitionRequest = Infer<typeof AlterPartitionRequest>;

export const AlterPartitionResponse = message(
  { name: "AlterPartitionResponse", apiKey: 56, versions: [2, 3], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    topics: arrayOf({
      topicId: uuid.ignorable(),
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        isr: arrayOf(int32),
        leaderRecoveryState: int8.orElse(0).ignorable(),
        partitionEpoch: int32,
      }),
    }),
  },
);
export type AlterPartitionResponse = Infer<typeof AlterPartitionResponse>;
