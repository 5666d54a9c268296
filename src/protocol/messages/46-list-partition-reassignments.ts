// ListPartitionReassignments (key 46): the moves under way (KIP-455).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string } from "../schema.ts";

export const ListPartitionReassignmentsRequest = message(
  { name: "ListPartitionReassignmentsRequest", apiKey: 46, versions: [0, 0], flexibleFrom: 0 },
  {
    timeoutMs: int32.orElse(60000),
    topics: arrayOf({
      name: string,
      partitionIndexes: arrayOf(int32),
    })
      .nullable()
      .orElse(null),
  },
);
export type ListPartitionReassignmentsRequest = Infer<typeof ListPartitionReassignmentsRequest>;

export const ListPartitionReassignmentsResponse = message(
  { name: "ListPartitionReassignmentsResponse", apiKey: 46, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partitionIndex: int32,
        replicas: arrayOf(int32),
        addingReplicas: arrayOf(int32),
        removingReplicas: arrayOf(int32),
      }),
    }),
  },
);
export type ListPartitionReassignmentsResponse = Infer<typeof ListPartitionReassignmentsResponse>;
