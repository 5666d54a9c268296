// AlterPartitionReassignments (key 45): moves partitions to other brokers, or calls that off
// (KIP-455).
//
// v1 whether the replication factor may change.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string } from "../schema.ts";

export const AlterPartitionReassignmentsRequest = message(
  { name: "AlterPartitionReassignmentsRequest", apiKey: 45, versions: [0, 1], flexibleFrom: 0 },
  {
    timeoutMs: int32.orElse(60000),
    allowReplicationFactorChange: boolean.from(1).orElse(true),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        replicas: arrayOf(int32).nullable().orElse(null),
      }),
    }),
  },
);
export type AlterPartitionReassignmentsRequest = Infer<typeof AlterPartitionReassignmentsRequest>;

export const AlterPartitionReassignmentsResponse = message(
  { name: "AlterPartitionReassignmentsResponse", apiKey: 45, versions: [0, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    allowReplicationFactorChange: boolean.from(1).orElse(true).ignorable(),
    errorCode: int16,
    errorMessage: string.nullable(),
    responses: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.nullable(),
      }),
    }),
  },
);
export type AlterPartitionReassignmentsResponse = Infer<typeof AlterPartitionReassignmentsResponse>;
